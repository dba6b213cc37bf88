(function_definition) @chunk
(struct_specifier body: (_)) @chunk
(union_specifier body: (_)) @chunk
(enum_specifier body: (_)) @chunk
(type_definition) @chunk
(preproc_function_def) @chunk
