(function_definition) @chunk
(decorated_definition definition: (function_definition)) @chunk
(class_definition) @chunk.container
(decorated_definition definition: (class_definition)) @chunk.container
