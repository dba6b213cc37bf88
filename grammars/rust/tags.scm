(function_item name: (identifier) @name) @definition.function
(function_signature_item name: (identifier) @name) @definition.function
(struct_item name: (type_identifier) @name) @definition.class
(union_item name: (type_identifier) @name) @definition.class
(enum_item name: (type_identifier) @name) @definition.enum
(trait_item name: (type_identifier) @name) @definition.interface
(type_item name: (type_identifier) @name) @definition.type
(mod_item name: (identifier) @name body: (_)) @definition.module
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.constant
(macro_definition name: (identifier) @name) @definition.function

; Functions of an `impl` carry its type's name.
(impl_item
  type: [
    (type_identifier) @name
    (generic_type type: (type_identifier) @name)
    (scoped_type_identifier name: (type_identifier) @name)
    (reference_type type: (type_identifier) @name)
  ]) @container

(attribute_item) @attribute
(line_comment) @comment
(block_comment) @comment

; References.
(call_expression function: (identifier) @name arguments: (_) @arguments) @reference.call
(call_expression
  function: (field_expression value: (_) @receiver field: (field_identifier) @name)
  arguments: (_) @arguments) @reference.call
(call_expression
  function: (scoped_identifier path: (_) @receiver name: (identifier) @name)
  arguments: (_) @arguments) @reference.call
(call_expression
  function: (generic_function
    function: [
      (identifier) @name
      (field_expression value: (_) @receiver field: (field_identifier) @name)
      (scoped_identifier path: (_) @receiver name: (identifier) @name)
    ])
  arguments: (_) @arguments) @reference.call
(field_expression value: (_) @receiver field: (field_identifier) @reference.use)
(scoped_identifier path: (_) @receiver name: (identifier) @reference.use)
(scoped_type_identifier path: (_) @receiver name: (type_identifier) @reference.use)
(macro_invocation macro: (identifier) @reference.use)
(identifier) @reference.use
(type_identifier) @reference.use

; Imports, two levels of braces deep.
(use_declaration argument: (scoped_identifier path: (_) @module name: (_) @name)) @import
(use_declaration
  argument: (use_as_clause
    path: (scoped_identifier path: (_) @module name: (_) @name)
    alias: (_) @alias)) @import
(use_declaration argument: (use_wildcard (_) @module) @name) @import
(use_declaration
  argument: (scoped_use_list
    path: (_) @module
    list: (use_list [(identifier) (self)] @name))) @import
(use_declaration
  argument: (scoped_use_list
    path: (_) @module
    list: (use_list
      (use_as_clause path: (identifier) @name alias: (_) @alias)))) @import
(use_declaration
  argument: (scoped_use_list
    path: (_) @module
    list: (use_list (scoped_identifier path: (_) @module name: (_) @name)))) @import
(use_declaration
  argument: (scoped_use_list
    path: (_) @module
    list: (use_list
      (scoped_use_list
        path: (_) @module
        list: (use_list [(identifier) (self)] @name))))) @import
(mod_item name: (identifier) @module !body) @import
