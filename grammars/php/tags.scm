; Definitions.
(function_definition name: (name) @name) @definition.function
(method_declaration name: (name) @name) @definition.method
(class_declaration name: (name) @name) @definition.class
(trait_declaration name: (name) @name) @definition.class
(interface_declaration name: (name) @name) @definition.interface
(enum_declaration name: (name) @name) @definition.enum
(const_declaration (const_element (name) @name) @definition.constant)
(enum_case name: (name) @name) @definition.constant
((function_call_expression
  function: (name) @define
  arguments: (arguments . (argument (string (string_content) @name)))) @definition.constant
  (#eq? @define "define"))

; `namespace Shop;` holds for the rest of its file.
(namespace_definition name: (_) @name body: (_)) @container.namespace
(namespace_definition name: (_) @name !body) @container.rest

(comment) @comment
(attribute_list) @attribute

; References. Variables carry a `$` and are never the name of a function.
(function_call_expression function: (name) @name arguments: (_) @arguments) @reference.call
(function_call_expression
  function: (qualified_name prefix: (namespace_name) @receiver (name) @name)
  arguments: (_) @arguments) @reference.call
(function_call_expression
  function: (qualified_name . "\\" . (name) @name)
  arguments: (_) @arguments) @reference.call
(member_call_expression
  object: (_) @receiver
  name: (name) @name
  arguments: (_) @arguments) @reference.call
(nullsafe_member_call_expression
  object: (_) @receiver
  name: (name) @name
  arguments: (_) @arguments) @reference.call
(scoped_call_expression
  scope: [(name) @receiver (relative_scope) @receiver (qualified_name (name) @receiver .)]
  name: (name) @name
  arguments: (_) @arguments) @reference.call
(object_creation_expression (name) @name (arguments) @arguments) @reference.call
(object_creation_expression
  (qualified_name prefix: (namespace_name) @receiver (name) @name .)
  (arguments) @arguments) @reference.call
(object_creation_expression
  (qualified_name . "\\" . (name) @name .)
  (arguments) @arguments) @reference.call
(member_access_expression object: (_) @receiver name: (name) @reference.use)
(nullsafe_member_access_expression object: (_) @receiver name: (name) @reference.use)
(class_constant_access_expression
  . [(name) @receiver (relative_scope) @receiver (qualified_name (name) @receiver .)]
  (name) @reference.use .)
(qualified_name prefix: (namespace_name) @receiver (name) @reference.use)
(class_constant_access_expression . (name) @reference.use)
(scoped_call_expression scope: (name) @reference.use)
(scoped_property_access_expression scope: (name) @reference.use)
(named_type (name) @reference.use)
(base_clause (name) @reference.use)
(class_interface_clause (name) @reference.use)
(use_declaration (name) @reference.use)
(attribute (name) @reference.use)
(binary_expression operator: "instanceof" right: (name) @reference.use)
(argument (name) @reference.use .)
(binary_expression left: (name) @reference.use)
(binary_expression right: (name) @reference.use)
(return_statement (name) @reference.use)
(assignment_expression right: (name) @reference.use)
(namespace_use_clause (name) @reference.use)

; Imports.
(namespace_use_declaration
  (namespace_use_clause
    (qualified_name prefix: (namespace_name) @module (name) @name .) !alias)) @import
(namespace_use_declaration
  (namespace_use_clause
    (qualified_name prefix: (namespace_name) @module (name) @name .)
    alias: (name) @alias)) @import
(namespace_use_declaration (namespace_use_clause . (name) @module)) @import
(namespace_use_declaration
  (namespace_name) @module
  body: (namespace_use_group (namespace_use_clause (name) @name !alias))) @import
(namespace_use_declaration
  (namespace_name) @module
  body: (namespace_use_group (namespace_use_clause (name) @name alias: (name) @alias))) @import
(require_expression (string (string_content) @module)) @import.whole
(require_once_expression (string (string_content) @module)) @import.whole
(include_expression (string (string_content) @module)) @import.whole
(include_once_expression (string (string_content) @module)) @import.whole
; `require __DIR__ . '/helpers.php'`
(require_expression (binary_expression right: (string (string_content) @module))) @import.whole
(require_once_expression
  (binary_expression right: (string (string_content) @module))) @import.whole
(include_expression (binary_expression right: (string (string_content) @module))) @import.whole
(include_once_expression
  (binary_expression right: (string (string_content) @module))) @import.whole
