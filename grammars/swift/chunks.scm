(function_declaration) @chunk
(init_declaration) @chunk
(subscript_declaration) @chunk
(class_declaration) @chunk.container
(protocol_declaration) @chunk.container
