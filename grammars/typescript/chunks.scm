(abstract_class_declaration) @chunk.container
(interface_declaration) @chunk
(enum_declaration) @chunk
(type_alias_declaration) @chunk
(export_statement declaration: [(interface_declaration) (enum_declaration) (type_alias_declaration)]) @chunk
