(function_definition) @chunk
(method_declaration) @chunk
(class_declaration) @chunk.container
(trait_declaration) @chunk.container
(interface_declaration) @chunk.container
(enum_declaration) @chunk.container
