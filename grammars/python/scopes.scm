; A name that a function binds anywhere is local in all of it.
(function_definition) @scope.function
(lambda) @scope.function
(list_comprehension) @scope
(set_comprehension) @scope
(dictionary_comprehension) @scope
(generator_expression) @scope
(class_definition body: (_) @scope.none)

(parameters (identifier) @local)
(parameters (default_parameter name: (identifier) @local))
(parameters (typed_parameter . (identifier) @local))
(parameters (typed_default_parameter name: (identifier) @local))
(list_splat_pattern (identifier) @local)
(dictionary_splat_pattern (identifier) @local)
(lambda_parameters (identifier) @local)
(lambda_parameters (default_parameter name: (identifier) @local))
(assignment left: (identifier) @local.function)
(pattern_list (identifier) @local.function)
(tuple_pattern (identifier) @local.function)
(for_statement left: (identifier) @local.function)
(named_expression name: (identifier) @local.function)
(as_pattern_target (identifier) @local.function)
(for_in_clause left: (identifier) @local)
(for_in_clause left: (pattern_list (identifier) @local))
(for_in_clause left: (tuple_pattern (identifier) @local))
(global_statement (identifier) @global)
(nonlocal_statement (identifier) @global)

; Names of arguments are no uses.
(keyword_argument name: (identifier) @label)
