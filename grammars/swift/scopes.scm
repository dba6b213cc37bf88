; `_` with fields and words in place of a kind of node compiles faster: see swift/guards.scm.

(function_declaration) @scope.function
(protocol_function_declaration) @scope.function
(init_declaration) @scope.function
(deinit_declaration) @scope.function
(subscript_declaration) @scope.function
(computed_property) @scope.function
(lambda_literal) @scope.function
(if_statement) @scope
(for_statement) @scope
(while_statement) @scope
(do_statement) @scope
(catch_block) @scope
(switch_entry) @scope
(class_declaration) @scope.none

(parameter name: (simple_identifier) @local)
(parameter external_name: (simple_identifier) @local)
(lambda_parameter name: (simple_identifier) @local)
(statements
  (_ name: (_ bound_identifier: (simple_identifier) @local.after)) @declaration)
(statements
  (_ name: (_ (_ bound_identifier: (simple_identifier) @local.after))) @declaration)
(for_statement item: (pattern bound_identifier: (simple_identifier) @local))
(for_statement item: (pattern (pattern bound_identifier: (simple_identifier) @local)))
(_ "if" bound_identifier: (simple_identifier) @local.after)
(_ "while" bound_identifier: (simple_identifier) @local.after)
; What a guard binds lives on behind it.
(_ "guard" bound_identifier: (simple_identifier) @local.after) @declaration
(catch_block error: (pattern (pattern bound_identifier: (simple_identifier) @local)))
(switch_pattern (pattern (pattern bound_identifier: (simple_identifier) @local)))

; Names of arguments are no uses.
(value_argument_label (simple_identifier) @label)
