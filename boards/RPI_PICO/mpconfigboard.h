// Our image of the Raspberry Pi Pico. The flash is 2 MiB: code, two slots, files, in this order.
#define MICROPY_HW_BOARD_NAME "Reedgate station (Raspberry Pi Pico)"
#define MICROPY_HW_ROMFS_BYTES (256 * 1024)          // slots A and B, executed in place
#define MICROPY_HW_FLASH_STORAGE_BYTES (1280 * 1024) // as [flash] in board.toml
