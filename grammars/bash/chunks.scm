(function_definition) @chunk
