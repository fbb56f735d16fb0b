// Our image of the Raspberry Pi Pico. The flash is 2 MiB: code, two slots, files, in this order.
#define MICROPY_HW_BOARD_NAME "Reedgate station (Raspberry Pi Pico)"
#define MICROPY_HW_ROMFS_BYTES (320 * 1024)          // slots A and B, executed in place
#define MICROPY_HW_FLASH_STORAGE_BYTES (1216 * 1024) // as [flash] in board.toml

// A scan is to take 5 ms at most: tests/rp2040/test_scan_time.py. See reedgate_boards/image/tuned.py too.
#define MICROPY_PY_THREAD (0)                     // no firmware of ours has threads
#define MICROPY_PY_DELATTR_SETATTR (0)            // nor a class with __setattr__, which each store would ask
#define MICROPY_MODULE___FILE__ (0)               // heap, and nobody asks for it
#define MICROPY_OPT_MAP_LOOKUP_CACHE_SIZE (4096)  // bytes; a scan looks up some thousand attributes
