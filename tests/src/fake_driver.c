/* As much of NVIDIA's management library as the dashboard asks for (nvml.h, API version 12). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, NOT_SUPPORTED = 3, NO_PERMISSION = 4, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7, TIMEOUT = 10 };

static int wait_then(int answer) {
    const char *file = getenv("FAKE_NVML_HANGS");
    while (file && access(file, F_OK) == 0) usleep(20000);
    return answer;
}

/* A device is its number and one. Only the first says anything. */
static int of_first(void *device) { return wait_then(device == (void *)1 ? SUCCESS : NOT_SUPPORTED); }

int nvmlInit_v2(void) { return wait_then(SUCCESS); }
int nvmlInitWithFlags(unsigned flags) { (void)flags; return wait_then(SUCCESS); }
int nvmlShutdown(void) { return SUCCESS; }
const char *nvmlErrorString(int code) { (void)code; return "fake"; }
int nvmlSystemGetDriverVersion(char *text, unsigned length) { strncpy(text, "550.00", length); return wait_then(SUCCESS); }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = 2; return wait_then(SUCCESS); }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    *device = (void *)(uintptr_t)(index + 1);
    return wait_then(SUCCESS);
}
int nvmlDeviceGetName(void *device, char *text, unsigned length) {
    (void)device;
    strncpy(text, "Fake H100", length);
    return wait_then(SUCCESS);
}
int nvmlDeviceGetUtilizationRates(void *device, unsigned rates[2]) {
    rates[0] = 87, rates[1] = 40;
    return of_first(device);
}
int nvmlDeviceGetMemoryInfo_v2(void *device, struct { unsigned version; unsigned long long total, reserved, free, used; } *memory) {
    (void)device;
    memory->total = 80ull << 30, memory->used = 31ull << 30, memory->free = 49ull << 30, memory->reserved = 0;
    return wait_then(SUCCESS);
}
int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts) { *milliwatts = 350000; return of_first(device); }
int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *milliwatts) { *milliwatts = 700000; return of_first(device); }
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *celsius) {
    (void)sensor;
    *celsius = 61;
    return of_first(device);
}
int nvmlDeviceGetClockInfo(void *device, int clock, unsigned *megahertz) {
    *megahertz = clock == 2 ? 2619 : 1755;
    return of_first(device);
}
int nvmlDeviceGetMaxClockInfo(void *device, int clock, unsigned *megahertz) {
    (void)clock;
    *megahertz = 1980;
    return of_first(device);
}
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons) {
    *reasons = 4;
    return of_first(device);
}
int nvmlDeviceGetEccMode(void *device, unsigned *current, unsigned *pending) {
    *current = *pending = 1;
    return of_first(device);
}
int nvmlDeviceGetTotalEccErrors(void *device, int kind, int counter, unsigned long long *count) {
    (void)counter;
    *count = kind == 0 ? 4 : 0;
    return of_first(device);
}
int nvmlDeviceGetMigMode(void *device, unsigned *current, unsigned *pending) {
    *current = *pending = 0;
    return of_first(device);
}

struct process { unsigned pid; unsigned long long memory; unsigned gpu_instance, compute_instance; };
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, struct process *processes) {
    if (device != (void *)1) return wait_then(NO_PERMISSION);
    if (*count == 0 || !processes) {
        *count = 1;
        return wait_then(INSUFFICIENT_SIZE);
    }
    *count = 1;
    processes[0] = (struct process){ 4242, 30ull << 30, 0, 0 };
    return wait_then(SUCCESS);
}

/* One Xid error, when the events are first asked for. */
static int told;
int nvmlEventSetCreate(void **set) { *set = &told; return wait_then(SUCCESS); }
int nvmlEventSetFree(void *set) { (void)set; return SUCCESS; }
int nvmlDeviceRegisterEvents(void *device, unsigned long long kinds, void *set) {
    (void)kinds, (void)set;
    return of_first(device);
}
int nvmlEventSetWait_v2(void *set, struct { void *device; unsigned long long kind, data; unsigned gpu, compute; } *event, unsigned milliseconds) {
    (void)set, (void)milliseconds;
    if (told++) return wait_then(TIMEOUT);
    event->device = (void *)1, event->kind = 8, event->data = 79;
    return wait_then(SUCCESS);
}
