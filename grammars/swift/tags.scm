; `_` with fields and words in place of a kind of node compiles faster: see swift/guards.scm.

; Definitions. One node stands for all sorts of types.
(class_declaration declaration_kind: ["class" "struct" "actor"] name: (type_identifier) @name)
  @definition.class
(class_declaration declaration_kind: "enum" name: (type_identifier) @name) @definition.enum
(protocol_declaration name: (type_identifier) @name) @definition.interface
; Members of an extension carry the name of the type that it extends.
(class_declaration
  declaration_kind: "extension"
  name: (user_type (type_identifier) @name .)) @container
(_ "func" name: (simple_identifier) @name body: (_)) @definition.function
(protocol_function_declaration name: (simple_identifier) @name) @definition.method
(init_declaration name: "init" @name) @definition.method
(deinit_declaration "deinit" @name) @definition.method
(class_body
  (_
    name: (_ bound_identifier: (simple_identifier) @name)
    computed_value: (_) @body) @definition.method)
(source_file
  (_ name: (_ bound_identifier: (simple_identifier) @name)) @definition.constant)
((property_declaration
  (modifiers (property_modifier) @static)
  (value_binding_pattern mutability: "let")
  name: (pattern bound_identifier: (simple_identifier) @name)
  !computed_value) @definition.constant
  (#eq? @static "static"))
(enum_entry name: (simple_identifier) @name @definition.constant)
(typealias_declaration name: (type_identifier) @name) @definition.type

(comment) @comment
(multiline_comment) @comment

; References. A closure behind the brackets is one more argument.
(call_expression
  . (simple_identifier) @name
  (call_suffix (value_arguments . "(") @arguments)) @reference.call
(call_expression
  . (_ target: (_) @receiver suffix: (_ suffix: (simple_identifier) @name))
  (call_suffix (value_arguments . "(") @arguments)) @reference.call
(call_expression
  . (simple_identifier) @name
  (call_suffix (lambda_literal) @spread)) @reference.call
(call_expression
  . (_ target: (_) @receiver suffix: (_ suffix: (simple_identifier) @name))
  (call_suffix (lambda_literal) @spread)) @reference.call
(constructor_expression
  constructed_type: (user_type (type_identifier) @name .)
  (constructor_suffix (value_arguments) @arguments)) @reference.call
(navigation_expression
  target: (_) @receiver
  suffix: (navigation_suffix suffix: (simple_identifier) @reference.use))
(simple_identifier) @reference.use
(type_identifier) @reference.use

; Imports: a module brings in all that it holds.
(import_declaration (identifier) @module) @import
