(function_definition) @chunk
(class_definition) @chunk.container
(object_definition) @chunk.container
(trait_definition) @chunk.container
(enum_definition) @chunk.container
(given_definition) @chunk.container
(template_body (call_expression arguments: (block)) @chunk)
