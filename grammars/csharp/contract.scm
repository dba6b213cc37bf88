; What a method promises its callers.
(method_declaration returns: (_) @returns)
((modifier) @async
  (#eq? @async "async"))
((modifier) @visibility
  (#any-of? @visibility "public" "protected" "private" "internal"))
(throw_statement (object_creation_expression type: (_) @raises))
(throw_expression (object_creation_expression type: (_) @raises))
(return_statement (null_literal)) @nothing
[(lambda_expression) (anonymous_method_expression)] @closure
