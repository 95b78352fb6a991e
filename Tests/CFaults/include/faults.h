#pragma once

// Lets one system call of the test process fail: of the calls of a kind on files whose path holds a
// pattern, the n-th. All others go to the kernel as they are.

enum faults_call { FAULTS_OPEN, FAULTS_READ, FAULTS_WRITE, FAULTS_FDATASYNC, FAULTS_LINKAT };

// Whether calls come by here: not where the thread sanitizer has its own place for them.
int faults_are_possible(void);

// Begins to count; the number-th call (from 1) fails with `code`, or waits for faults_release() first.
// 0 only counts. One at a time in a process.
void faults_begin(enum faults_call call, const char *pattern, int number, int code, int waits);

// How many calls there were so far.
int faults_count(void);

void faults_release(void);

// Ends it, and returns how many calls there were.
int faults_end(void);
