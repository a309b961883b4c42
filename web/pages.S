/* The bytes of pages.bin, as they are. */
  .section .rodata
  .global estiba_pages
  .type estiba_pages, @object
estiba_pages:
  .incbin "pages.bin"
  .size estiba_pages, . - estiba_pages
  .section .note.GNU-stack, "", @progbits
