; What a method promises its callers.
(function_definition return_type: (_) @returns)
(function_declaration return_type: (_) @returns)
(throw_expression (instance_expression (type_identifier) @raises))
(access_modifier) @visibility
(lambda_expression) @closure
