"""A model that no single worker holds whole: a small GPT-2 in shards (FSDP2) on two processes, against one process.

    torchrun --standalone --nproc-per-node 2 -m tests.full.sharded

Each worker keeps half of each weight, its gradient and its optimiser state, and borrows the rest block by block. The
same batches give the same losses to 1e-3 nats. Left out: the course's `fit`, whose Muon needs a matrix whole.
"""

import sys

import torch
from torch import distributed as dist
from torch.distributed.fsdp import fully_shard

STEPS, ROWS = 40, 8


def network():
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    config = GPT2Config(vocab_size=700, n_positions=64, n_embd=128, n_layer=4, n_head=4, bos_token_id=0, eos_token_id=0)
    return GPT2LMHeadModel(config).eval()


def batch(step):
    """Rows of one step: (ROWS, 32) token numbers that repeat with period 8, four batches in turn."""
    generator = torch.Generator().manual_seed(step % 4)
    return torch.randint(0, 700, (ROWS, 8), generator=generator).repeat(1, 4)


def losses(model, mine=slice(None), share=1):
    """The mean loss of each step, and of all workers where there are `share`."""
    optimiser, out = torch.optim.AdamW(model.parameters(), lr=1e-3), []
    for step in range(STEPS):
        rows = batch(step)[mine]
        loss = model(input_ids=rows, labels=rows).loss
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        value = loss.detach()
        if share > 1:
            dist.all_reduce(value)
        out.append(value.item() / share)
    return out


def main():
    alone = losses(network())
    dist.init_process_group("gloo")
    rank, workers = dist.get_rank(), dist.get_world_size()
    model = network()
    whole = sum(p.numel() for p in model.parameters())
    for block in model.transformer.h:
        fully_shard(block)
    fully_shard(model)
    held = sum(p.to_local().numel() for p in model.parameters())
    together = losses(model, slice(rank, None, workers), workers)
    apart = max(abs(a - b) for a, b in zip(alone, together, strict=True))
    good = apart <= 1e-3 and held <= 0.51 * whole
    if rank == 0:
        print(f"{workers} workers, {held:,} of {whole:,} weights on the first; losses at most {apart:.1e} nats apart")
        print(f"first {together[0]:.3f}, last {together[-1]:.3f}")
    dist.destroy_process_group()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
