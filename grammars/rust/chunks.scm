(function_item) @chunk
(struct_item) @chunk
(enum_item) @chunk
(trait_item) @chunk.container
(impl_item) @chunk.container
(macro_definition) @chunk
