; What JavaScript and TypeScript share.
(function_declaration name: (identifier) @name) @definition.function
(generator_function_declaration name: (identifier) @name) @definition.function
(variable_declarator
  name: (identifier) @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
    (generator_function body: (_) @body)
  ]) @definition.function
(assignment_expression
  left: (member_expression property: (property_identifier) @name)
  right: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ]) @definition.function
(method_definition
  name: [(property_identifier) (private_property_identifier)] @name) @definition.method
(pair
  key: (property_identifier) @name
  value: [
    (arrow_function body: (_) @body)
    (function_expression body: (_) @body)
  ]) @definition.method

(program
  (lexical_declaration (variable_declarator name: (identifier) @name) @definition.constant)
  (#match? @name "^[A-Z][A-Z0-9_]+$"))
(program
  (export_statement
    (lexical_declaration (variable_declarator name: (identifier) @name) @definition.constant))
  (#match? @name "^[A-Z][A-Z0-9_]+$"))

(export_statement declaration: (_) @wrapped) @wrapper
(lexical_declaration . (variable_declarator) @wrapped .) @wrapper
(variable_declaration . (variable_declarator) @wrapped .) @wrapper
(comment) @comment

; References.
(call_expression function: (identifier) @name arguments: (_) @arguments) @reference.call
(call_expression
  function: (member_expression
    object: (_) @receiver
    property: [(property_identifier) (private_property_identifier)] @name)
  arguments: (_) @arguments) @reference.call
(new_expression
  constructor: (identifier) @name
  arguments: (arguments) @arguments) @reference.call
(member_expression
  object: (_) @receiver
  property: [(property_identifier) (private_property_identifier)] @reference.use)
(identifier) @reference.use
(shorthand_property_identifier) @reference.use
(shorthand_property_identifier_pattern) @reference.use

; Imports.
(import_statement
  (import_clause (named_imports (import_specifier !alias name: (identifier) @name)))
  source: (string) @module) @import
(import_statement
  (import_clause
    (named_imports (import_specifier name: (identifier) @name alias: (identifier) @alias)))
  source: (string) @module) @import
(import_statement
  (import_clause (namespace_import (identifier) @alias))
  source: (string) @module) @import
; A default export is known under the name that the importer gives it.
(import_statement
  (import_clause (identifier) @alias)
  source: (string) @module) @import
(import_statement . source: (string) @module) @import
(export_statement
  (export_clause (export_specifier name: (identifier) @name))
  source: (string) @module) @import
((variable_declarator
  name: (identifier) @alias
  value: (call_expression
    function: (identifier) @require
    arguments: (arguments . (string) @module))) @import
  (#eq? @require "require"))
((variable_declarator
  name: (object_pattern (shorthand_property_identifier_pattern) @name)
  value: (call_expression
    function: (identifier) @require
    arguments: (arguments . (string) @module))) @import
  (#eq? @require "require"))
