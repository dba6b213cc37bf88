(method_declaration) @scope.function
(constructor_declaration) @scope.function
(operator_declaration) @scope.function
(conversion_operator_declaration) @scope.function
(indexer_declaration) @scope.function
(property_declaration) @scope.function
(delegate_declaration) @scope.function
(local_function_statement) @scope.function
(lambda_expression) @scope.function
(anonymous_method_expression) @scope.function
(block) @scope
(for_statement) @scope
(foreach_statement) @scope
(using_statement) @scope
(fixed_statement) @scope
(catch_clause) @scope
(switch_section) @scope
(query_expression) @scope

(parameter name: (identifier) @local)
(parameter_list name: (identifier) @local)
(implicit_parameter) @local
(local_declaration_statement
  (variable_declaration (variable_declarator name: (identifier) @local)))
(for_statement (variable_declaration (variable_declarator name: (identifier) @local)))
(using_statement (variable_declaration (variable_declarator name: (identifier) @local)))
(foreach_statement left: (identifier) @local)
(foreach_statement left: (tuple_pattern (identifier) @local))
(declaration_expression name: (identifier) @local)
(declaration_pattern name: (identifier) @local)
(recursive_pattern name: (identifier) @local)
(var_pattern name: (identifier) @local)
(catch_declaration name: (identifier) @local)
(from_clause name: (identifier) @local)

; Names of arguments and of namespaces are no uses.
(argument name: (identifier) @label)
(attribute_argument name: (identifier) @label)
(namespace_declaration name: (identifier) @label)
(namespace_declaration name: (qualified_name (identifier) @label))
(namespace_declaration name: (qualified_name (qualified_name (identifier) @label)))
(file_scoped_namespace_declaration name: (identifier) @label)
(file_scoped_namespace_declaration name: (qualified_name (identifier) @label))
(file_scoped_namespace_declaration name: (qualified_name (qualified_name (identifier) @label)))
