; What a function promises its callers.
(function_declaration result: (_) @returns)
(method_declaration result: (_) @returns)
(method_elem result: (_) @returns)
((call_expression function: (identifier) @raises)
  (#eq? @raises "panic"))
(return_statement (expression_list . (nil))) @nothing
(func_literal) @closure
(method_declaration
  receiver: (parameter_list (parameter_declaration type: (_) @receiver)))
