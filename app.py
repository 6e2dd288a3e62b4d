"""VAE Playground: `python app.py` opens the page."""

import os

from vae_core.runtime.malloc import few_heaps

if __name__ == "__main__":
    # Before gradio is imported: no look-up leaves the machine, and a school's proxy is not asked for the machine itself.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    # Waiting threads sleep: spinning ones starve the other trainings. With libgomp they spin for some microseconds first, since
    # what they wait for is mostly nearer than that; two that always sleep take as long as one.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
    # glibc: a worker gives back what it has needed to save its state, 20 MB. Read by processes that start from here on.
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(4 * 2**20))
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(16 * 2**20))
    few_heaps()  # this process has begun already, and reads no variable any more
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, [os.environ.get(name), "localhost", "127.0.0.1"]))

    from vae_core.ui.page import launch

    launch()
