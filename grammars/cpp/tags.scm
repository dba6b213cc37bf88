; What C++ adds to C. Functions whose result is a reference, operators.
((function_definition
  type: (_)
  declarator: (reference_declarator
    (function_declarator declarator: (identifier) @name))) @definition.function)
(function_definition
  declarator: [
    (function_declarator declarator: (operator_name) @name)
    (reference_declarator (function_declarator declarator: (operator_name) @name))
    (operator_cast) @name
  ]) @definition.function

; Inside a class.
(field_declaration_list
  (function_definition
    declarator: [
      (function_declarator declarator: [(field_identifier) (destructor_name)] @name)
      (pointer_declarator (function_declarator declarator: (field_identifier) @name))
      (pointer_declarator
        (pointer_declarator (function_declarator declarator: (field_identifier) @name)))
      (reference_declarator (function_declarator declarator: (field_identifier) @name))
    ]) @definition.method)
(field_declaration_list
  (field_declaration
    declarator: [
      (function_declarator declarator: [(field_identifier) (operator_name)] @name)
      (pointer_declarator (function_declarator declarator: (field_identifier) @name))
      (pointer_declarator
        (pointer_declarator (function_declarator declarator: (field_identifier) @name)))
      (reference_declarator
        (function_declarator declarator: [(field_identifier) (operator_name)] @name))
    ]) @definition.method)
(field_declaration_list
  (declaration
    declarator: (function_declarator
      declarator: [(identifier) (destructor_name)] @name)) @definition.method)
(field_declaration_list
  (template_declaration
    (declaration
      declarator: [
        (function_declarator declarator: (identifier) @name)
        (pointer_declarator (function_declarator declarator: (identifier) @name))
        (reference_declarator (function_declarator declarator: (identifier) @name))
      ]) @definition.method))
(translation_unit
  (template_declaration
    (declaration
      declarator: [
        (function_declarator declarator: (identifier) @name)
        (pointer_declarator (function_declarator declarator: (identifier) @name))
        (reference_declarator (function_declarator declarator: (identifier) @name))
      ]) @definition.function))
(declaration_list
  (template_declaration
    (declaration
      declarator: [
        (function_declarator declarator: (identifier) @name)
        (pointer_declarator (function_declarator declarator: (identifier) @name))
        (reference_declarator (function_declarator declarator: (identifier) @name))
      ]) @definition.function))
(declaration_list
  (declaration
    declarator: (reference_declarator
      (function_declarator declarator: (identifier) @name))) @definition.function)
(translation_unit
  (declaration
    declarator: (reference_declarator
      (function_declarator declarator: (identifier) @name))) @definition.function)
(linkage_specification
  body: [
    (declaration
      declarator: [
        (function_declarator declarator: (identifier) @name)
        (pointer_declarator (function_declarator declarator: (identifier) @name))
      ])
  ] @definition.function)

; `Cart::total` outside of its class. Whether the owner is a class or a
; namespace cannot be seen; mostly it is a class.
(function_definition
  declarator: [
    (function_declarator
      declarator: (qualified_identifier
        scope: [(namespace_identifier) @owner (template_type name: (_) @owner)]
        name: [(identifier) (destructor_name) (operator_name)] @name))
    (pointer_declarator
      (function_declarator
        declarator: (qualified_identifier
          scope: [(namespace_identifier) @owner (template_type name: (_) @owner)]
          name: [(identifier) (operator_name)] @name)))
    (reference_declarator
      (function_declarator
        declarator: (qualified_identifier
          scope: [(namespace_identifier) @owner (template_type name: (_) @owner)]
          name: [(identifier) (operator_name)] @name)))
  ]) @definition.method
(function_definition
  declarator: [
    (function_declarator
      declarator: (qualified_identifier
        scope: [(namespace_identifier) @owner (template_type name: (_) @owner)]
        name: (qualified_identifier
          scope: [(namespace_identifier) @owner (template_type name: (_) @owner)]
          name: [(identifier) (destructor_name) (operator_name)] @name)))
    (pointer_declarator
      (function_declarator
        declarator: (qualified_identifier
          scope: [(namespace_identifier) @owner (template_type name: (_) @owner)]
          name: (qualified_identifier
            scope: [(namespace_identifier) @owner (template_type name: (_) @owner)]
            name: [(identifier) (operator_name)] @name))))
    (reference_declarator
      (function_declarator
        declarator: (qualified_identifier
          scope: [(namespace_identifier) @owner (template_type name: (_) @owner)]
          name: (qualified_identifier
            scope: [(namespace_identifier) @owner (template_type name: (_) @owner)]
            name: [(identifier) (operator_name)] @name))))
  ]) @definition.method

(class_specifier name: (type_identifier) @name body: (_)) @definition.class
; Specialisations carry the name of their template.
(class_specifier name: (template_type name: (_) @name) body: (_)) @definition.class
(struct_specifier name: (template_type name: (_) @name) body: (_)) @definition.class
; `class Cart::Line { ... }`
(class_specifier
  name: (qualified_identifier scope: (_) @owner name: (type_identifier) @name)
  body: (_)) @definition.class
(struct_specifier
  name: (qualified_identifier scope: (_) @owner name: (type_identifier) @name)
  body: (_)) @definition.class
(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.type
(field_declaration
  (type_qualifier)
  declarator: (field_identifier) @name
  default_value: (_)) @definition.constant
(declaration_list
  (declaration
    declarator: (init_declarator declarator: (identifier) @name)) @definition.constant)

(namespace_definition name: (_) @name) @container.namespace

(template_declaration
  [
    (class_specifier)
    (struct_specifier)
    (function_definition)
    (declaration)
    (alias_declaration)
    (concept_definition)
  ] @wrapped .) @wrapper
(field_declaration type: [(class_specifier) (struct_specifier) (enum_specifier)] @wrapped .)
  @wrapper

; References.
(call_expression
  function: (qualified_identifier
    scope: [(namespace_identifier) @receiver (template_type name: (_) @receiver)]
    name: [(identifier) @name (template_function name: (identifier) @name)])
  arguments: (_) @arguments) @reference.call
(call_expression
  function: (qualified_identifier
    name: (qualified_identifier
      scope: [(namespace_identifier) @receiver (template_type name: (_) @receiver)]
      name: [(identifier) @name (template_function name: (identifier) @name)]))
  arguments: (_) @arguments) @reference.call
(call_expression
  function: (qualified_identifier !scope name: (identifier) @name)
  arguments: (_) @arguments) @reference.call
(call_expression
  function: (template_function name: (identifier) @name)
  arguments: (_) @arguments) @reference.call
(call_expression
  function: (field_expression
    argument: (_) @receiver
    field: (template_method name: (field_identifier) @name))
  arguments: (_) @arguments) @reference.call
(new_expression
  type: [
    (type_identifier) @name
    (template_type name: (type_identifier) @name)
    (qualified_identifier scope: (_) @receiver name: (type_identifier) @name)
  ]
  arguments: (argument_list) @arguments) @reference.call
(qualified_identifier
  scope: [(namespace_identifier) @receiver (template_type name: (_) @receiver)]
  name: [(identifier) (type_identifier)] @reference.use)
(qualified_identifier
  scope: [(namespace_identifier) @receiver (template_type name: (_) @receiver)]
  name: [
    (template_type name: (type_identifier) @reference.use)
    (template_function name: (identifier) @reference.use)
  ])

; Imports.
((using_declaration
  "namespace"
  [(identifier) (qualified_identifier)] @module) @import)
(using_declaration
  . "using"
  . (qualified_identifier scope: (_) @module name: (identifier) @name)) @import
(namespace_alias_definition
  name: (namespace_identifier) @alias
  [(namespace_identifier) (nested_namespace_specifier)] @module .) @import
