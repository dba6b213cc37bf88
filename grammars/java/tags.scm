(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(annotation_type_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.method
(field_declaration
  (modifiers "static")
  declarator: (variable_declarator name: (identifier) @name) @definition.constant
  (#match? @name "^[A-Z][A-Z0-9_]+$"))

(line_comment) @comment
(block_comment) @comment

; References.
(method_invocation !object name: (identifier) @name arguments: (_) @arguments) @reference.call
(method_invocation
  object: (_) @receiver
  name: (identifier) @name
  arguments: (_) @arguments) @reference.call
(object_creation_expression
  type: [
    (type_identifier) @name
    (generic_type (type_identifier) @name)
  ]
  arguments: (_) @arguments) @reference.call
(method_reference (_) @receiver "::" (identifier) @reference.use)
(field_access object: (_) @receiver field: (identifier) @reference.use)
(identifier) @reference.use
(type_identifier) @reference.use

; Imports.
(import_declaration
  (scoped_identifier scope: (_) @module name: (identifier) @name) .) @import
(import_declaration (scoped_identifier) @module (asterisk) @name) @import
