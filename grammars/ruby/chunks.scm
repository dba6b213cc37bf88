(method) @chunk
(singleton_method) @chunk
(class) @chunk.container
(module) @chunk.container
(program (call block: [(block) (do_block)]) @chunk.container)
