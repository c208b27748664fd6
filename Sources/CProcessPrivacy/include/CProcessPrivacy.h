#ifndef BETWEEN_PROCESS_PRIVACY_H
#define BETWEEN_PROCESS_PRIVACY_H

/// Keeps this process's memory private: no core file is written, and on Linux no other process of the same user can
/// attach to it or read its memory and environment (prctl(2), PR_SET_DUMPABLE; root still can). Call it first: it
/// protects what is in memory from then on. Programs that this process starts inherit the limit of core files.
void between_keep_memory_private(void);

#endif
