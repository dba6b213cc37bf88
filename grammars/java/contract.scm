; What a method promises its callers.
(method_declaration type: (_) @returns)
(throws (_) @raises)
(throw_statement (object_creation_expression type: (_) @raises))
(return_statement (null_literal)) @nothing
(modifiers ["public" "protected" "private"] @visibility)
(lambda_expression) @closure
