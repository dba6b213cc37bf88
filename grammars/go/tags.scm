(function_declaration name: (identifier) @name) @definition.function
(method_declaration
  receiver: (parameter_list
    (parameter_declaration
      type: [
        (type_identifier) @owner
        (pointer_type (type_identifier) @owner)
        (generic_type type: (type_identifier) @owner)
        (pointer_type (generic_type type: (type_identifier) @owner))
      ]))
  name: (field_identifier) @name) @definition.method
(type_declaration
  (type_spec name: (type_identifier) @name type: (interface_type) @body) @definition.interface)
(type_declaration
  (type_spec name: (type_identifier) @name type: (struct_type) @body) @definition.class)
(type_declaration (type_spec name: (type_identifier) @name) @definition.type)
(type_alias name: (type_identifier) @name) @definition.type
(interface_type (method_elem name: (field_identifier) @name) @definition.method)
(source_file (const_declaration (const_spec name: (identifier) @name) @definition.constant))
(source_file (var_declaration (var_spec name: (identifier) @name) @definition.constant))

(type_declaration . (type_spec) @wrapped .) @wrapper
(comment) @comment

; References.
(call_expression function: (identifier) @name arguments: (_) @arguments) @reference.call
(call_expression
  function: (selector_expression operand: (_) @receiver field: (field_identifier) @name)
  arguments: (_) @arguments) @reference.call
; `Map[A, B](xs)` reads like a conversion, which has one argument.
(type_conversion_expression
  type: (generic_type type: (type_identifier) @name)) @reference.call @spread
(call_expression
  function: (index_expression operand: (identifier) @name)
  arguments: (_) @arguments) @reference.call
(selector_expression operand: (_) @receiver field: (field_identifier) @reference.use)
(qualified_type package: (_) @receiver name: (type_identifier) @reference.use)
(identifier) @reference.use
(type_identifier) @reference.use

; Imports.
(import_spec !name path: (_) @module) @import
(import_spec name: (_) @alias path: (_) @module) @import
