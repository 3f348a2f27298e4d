"""Keep two threads busy until somebody ends this process: some program beside ours, which knows nothing of us."""

import torch

if __name__ == "__main__":
    torch.set_num_threads(2)
    a = torch.randn(512, 512)
    while True:
        a = torch.tanh(a @ a)
