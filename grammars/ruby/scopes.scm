(method) @scope.function
(singleton_method) @scope.function
(lambda) @scope
(block) @scope
(do_block) @scope
(class) @scope.none
(module) @scope.none

(method_parameters (identifier) @local)
(method_parameters (optional_parameter name: (identifier) @local))
(method_parameters (keyword_parameter name: (identifier) @local))
(method_parameters (splat_parameter name: (identifier) @local))
(method_parameters (hash_splat_parameter name: (identifier) @local))
(method_parameters (block_parameter name: (identifier) @local))
(block_parameters (identifier) @local)
(block_parameters (destructured_parameter (identifier) @local))
(block_parameters (keyword_parameter name: (identifier) @local))
(lambda_parameters (identifier) @local)
; A call without brackets reads like a variable, until one is assigned.
(assignment left: (identifier) @local.after) @declaration
(operator_assignment left: (identifier) @local.after) @declaration
(left_assignment_list (identifier) @local.after)
(exception_variable (identifier) @local)
(for pattern: (identifier) @local)
