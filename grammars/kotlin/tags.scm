; Definitions. Interfaces, enums and classes share a node.
(class_declaration "class" name: (identifier) @name (class_body)? @body) @definition.class
(class_declaration "interface" name: (identifier) @name (class_body)? @body)
  @definition.interface
(class_declaration
  (modifiers (class_modifier) @modifier)
  name: (identifier) @name
  (enum_class_body) @body) @definition.enum
(object_declaration name: (identifier) @name (class_body)? @body) @definition.class
(function_declaration name: (identifier) @name (function_body)? @body) @definition.function
; An extension belongs to the type that it extends.
(function_declaration
  . (modifiers)?
  . "fun"
  . (type_parameters)?
  . [
    (user_type . (identifier) @owner)
    (nullable_type (user_type . (identifier) @owner))
  ]
  . "."
  . name: (identifier) @name) @definition.method
(property_declaration
  (modifiers (property_modifier) @const)
  (variable_declaration (identifier) @name)
  (#eq? @const "const")) @definition.constant
(source_file
  (property_declaration (variable_declaration . (identifier) @name)) @definition.constant)
(enum_entry . (identifier) @name) @definition.constant
(type_alias type: (identifier) @name) @definition.type

(line_comment) @comment
(block_comment) @comment

; References.
(call_expression . (identifier) @name (value_arguments) @arguments) @reference.call
(call_expression
  . (navigation_expression (_) @receiver (identifier) @name .)
  (value_arguments) @arguments) @reference.call
; A lambda behind the brackets is one more argument.
(call_expression . (identifier) @name (annotated_lambda) @spread) @reference.call
(call_expression
  . (navigation_expression (_) @receiver (identifier) @name .)
  (annotated_lambda) @spread) @reference.call
(call_expression
  . (call_expression . (identifier) @name (value_arguments))
  (annotated_lambda) @spread) @reference.call
(call_expression
  . (call_expression
    . (navigation_expression (_) @receiver (identifier) @name .)
    (value_arguments))
  (annotated_lambda) @spread) @reference.call
(constructor_invocation
  (user_type (identifier) @name .)
  (value_arguments) @arguments) @reference.call
(navigation_expression (_) @receiver (identifier) @reference.use .)
(callable_reference (identifier) @reference.use .)
(identifier) @reference.use

; Imports.
((import (qualified_identifier . ((identifier) @module ".")+ . (identifier) @name .) .) @import
  (#not-match? @import "\\*$"))
(import
  (qualified_identifier . ((identifier) @module ".")+ . (identifier) @name .)
  (identifier) @alias .) @import
(import (qualified_identifier) @module "*") @import.whole
