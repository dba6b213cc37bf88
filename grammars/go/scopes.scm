(function_declaration) @scope.function
(method_declaration) @scope.function
(func_literal) @scope.function
(method_elem) @scope.function
(function_type) @scope.function
(block) @scope
(if_statement) @scope
(for_statement) @scope
(expression_switch_statement) @scope
(type_switch_statement) @scope
(expression_case) @scope
(type_case) @scope
(default_case) @scope
(communication_case) @scope

(parameter_declaration name: (identifier) @local)
(variadic_parameter_declaration name: (identifier) @local)
(type_parameter_declaration name: (identifier) @local)
; `total := total()` still calls the function.
(short_var_declaration left: (expression_list (identifier) @local.after)) @declaration
(var_spec name: (identifier) @local.after) @declaration
(const_spec name: (identifier) @local.after) @declaration
(range_clause left: (expression_list (identifier) @local.after)) @declaration
(receive_statement left: (expression_list (identifier) @local.after)) @declaration
(type_switch_statement alias: (expression_list (identifier) @local))

; Names of fields are no uses.
(keyed_element . (literal_element (identifier) @label))
