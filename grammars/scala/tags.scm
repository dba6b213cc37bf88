; Definitions.
(class_definition name: (identifier) @name) @definition.class
(object_definition name: (identifier) @name) @definition.class
(trait_definition name: (identifier) @name) @definition.interface
(enum_definition name: (identifier) @name) @definition.enum
(function_definition name: (_) @name) @definition.function
(function_declaration name: (_) @name) @definition.function
(type_definition name: (type_identifier) @name) @definition.type
(given_definition name: (identifier) @name) @definition.class
; An extension belongs to the type that it extends.
(extension_definition
  parameters: (parameters
    (parameter type: [(type_identifier) @name (generic_type type: (type_identifier) @name)])))
  @container
(compilation_unit (val_definition pattern: (identifier) @name) @definition.constant)
((template_body (val_definition pattern: (identifier) @name) @definition.constant)
  (#match? @name "^[A-Z]"))
(simple_enum_case name: (identifier) @name) @definition.constant
(full_enum_case name: (identifier) @name) @definition.constant

(comment) @comment
(block_comment) @comment

; References.
(call_expression function: (identifier) @name arguments: (_) @arguments) @reference.call
(call_expression
  function: (field_expression value: (_) @receiver field: (identifier) @name)
  arguments: (_) @arguments) @reference.call
(call_expression
  function: (generic_function
    function: [
      (identifier) @name
      (field_expression value: (_) @receiver field: (identifier) @name)
    ])
  arguments: (_) @arguments) @reference.call
(instance_expression
  . [(type_identifier) @name (generic_type type: (type_identifier) @name)]
  (arguments) @arguments) @reference.call
(extends_clause
  type: [(type_identifier) @name (generic_type type: (type_identifier) @name)]
  . arguments: (arguments) @arguments) @reference.call
; `items map touch`
(infix_expression
  left: (_) @receiver
  operator: (identifier) @name
  right: (_) @spread) @reference.call
(field_expression value: (_) @receiver field: (identifier) @reference.use)
(identifier) @reference.use
(type_identifier) @reference.use

; Imports.
(import_declaration
  . ((identifier) @module ".")+
  . (identifier) @name .) @import
(import_declaration
  . (identifier) @module
  ("." . (identifier) @module)*
  (namespace_selectors (identifier) @name)) @import
(import_declaration
  . (identifier) @module
  ("." . (identifier) @module)*
  (namespace_selectors
    (arrow_renamed_identifier name: (identifier) @name alias: (identifier) @alias))) @import
(import_declaration
  . (identifier) @module
  ("." . (identifier) @module)*
  [(namespace_wildcard) (namespace_selectors (namespace_wildcard))]) @import.whole
