(function_item) @scope.function
(function_signature_item) @scope.function
(closure_expression) @scope.function
(block) @scope
(match_arm) @scope
(if_expression) @scope
(while_expression) @scope
(for_expression) @scope

(parameter pattern: (identifier) @local)
(parameter pattern: (mut_pattern (identifier) @local))
(closure_parameters (identifier) @local)
(closure_parameters (tuple_pattern (identifier) @local))
(closure_parameters (reference_pattern (identifier) @local))
(type_parameters (type_parameter name: (type_identifier) @local))
; `let total = total();` still calls the function.
(let_declaration pattern: (identifier) @local.after) @declaration
(let_declaration pattern: (mut_pattern (identifier) @local.after)) @declaration
(let_declaration pattern: (tuple_pattern (identifier) @local.after)) @declaration
(let_declaration pattern: (tuple_struct_pattern (identifier) @local.after)) @declaration
(for_expression pattern: (identifier) @local)
(for_expression pattern: (tuple_pattern (identifier) @local))
; A pattern's bare lower-case name binds; a capital one may be a constant.
((tuple_struct_pattern type: (_) (identifier) @local)
  (#match? @local "^[a-z_]"))
((match_pattern . (identifier) @local)
  (#match? @local "^[a-z_]"))
((captured_pattern . (identifier) @local)
  (#match? @local "^[a-z_]"))
(field_pattern name: (shorthand_field_identifier) @local)
