; Definitions.
(class_declaration name: (identifier) @name) @definition.class
(struct_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(enum_member_declaration name: (identifier) @name) @definition.constant
(delegate_declaration name: (identifier) @name) @definition.type
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.method
(local_function_statement name: (identifier) @name) @definition.function
(property_declaration
  name: (identifier) @name
  [
    (accessor_list (accessor_declaration body: (_))) @body
    (arrow_expression_clause) @body
  ]) @definition.method
((field_declaration
  (modifier) @modifier
  (variable_declaration (variable_declarator name: (identifier) @name))) @definition.constant
  (#eq? @modifier "const"))
((field_declaration
  (modifier) @static
  (modifier) @readonly
  (variable_declaration (variable_declarator name: (identifier) @name))) @definition.constant
  (#eq? @static "static")
  (#eq? @readonly "readonly"))

(namespace_declaration name: (_) @name) @container.namespace
(file_scoped_namespace_declaration name: (_) @name) @container.rest

(comment) @comment
(preproc_region) @attribute

; References.
(invocation_expression
  function: [
    (identifier) @name
    (generic_name (identifier) @name)
    (member_access_expression
      expression: _ @receiver
      name: [(identifier) @name (generic_name (identifier) @name)])
    (conditional_access_expression
      condition: (_) @receiver
      (member_binding_expression name: [(identifier) @name (generic_name (identifier) @name)]))
  ]
  arguments: (_) @arguments) @reference.call
(object_creation_expression
  type: [
    (identifier) @name
    (generic_name (identifier) @name)
    (qualified_name qualifier: (_) @receiver name: (identifier) @name)
  ]
  arguments: (_) @arguments) @reference.call
(member_access_expression expression: _ @receiver name: (identifier) @reference.use)
(member_binding_expression name: (identifier) @reference.use)
(qualified_name qualifier: (_) @receiver name: (identifier) @reference.use)
(identifier) @reference.use

; Imports. A namespace or a static class brings in all that it holds.
(using_directive !name [(identifier) (qualified_name)] @module) @import
(using_directive name: (identifier) @alias [(identifier) (qualified_name)] @module .) @import
