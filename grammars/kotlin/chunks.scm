(function_declaration) @chunk
(secondary_constructor) @chunk
(class_declaration) @chunk.container
(object_declaration) @chunk.container
