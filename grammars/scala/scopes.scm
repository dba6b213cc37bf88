(function_definition) @scope.function
(function_declaration) @scope.function
(lambda_expression) @scope.function
(block) @scope
(indented_block) @scope
(case_clause) @scope
(for_expression) @scope
(class_definition) @scope.none
(object_definition) @scope.none
(trait_definition) @scope.none

(parameter name: (identifier) @local)
(lambda_expression parameters: (identifier) @local)
(binding name: (identifier) @local)
(enumerator . (identifier) @local)
(enumerator . (tuple_pattern (identifier) @local))
(block (val_definition pattern: (identifier) @local.after) @declaration)
(block (var_definition pattern: (identifier) @local.after) @declaration)
(block (val_definition pattern: (tuple_pattern (identifier) @local.after)) @declaration)
(indented_block (val_definition pattern: (identifier) @local.after) @declaration)
(indented_block (var_definition pattern: (identifier) @local.after) @declaration)
(indented_block (val_definition pattern: (tuple_pattern (identifier) @local.after)) @declaration)
(case_clause pattern: (typed_pattern pattern: (identifier) @local))
(case_clause pattern: (case_class_pattern pattern: (identifier) @local))
(case_clause pattern: (tuple_pattern (identifier) @local))
((case_clause pattern: (identifier) @local)
  (#match? @local "^[a-z]"))

; Names of arguments and of packages are no uses.
(arguments (assignment_expression left: (identifier) @label))
(package_identifier (identifier) @label)
