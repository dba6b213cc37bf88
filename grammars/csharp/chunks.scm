(method_declaration) @chunk
(constructor_declaration) @chunk
(local_function_statement) @chunk
(class_declaration) @chunk.container
(struct_declaration) @chunk.container
(record_declaration) @chunk.container
(interface_declaration) @chunk.container
(enum_declaration) @chunk.container
