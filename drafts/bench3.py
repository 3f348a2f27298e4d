"""bench3.py NAME variant rows steps lr lra shift: variants: base, norope, plain (no modulation), mix"""
import sys,time,torch,numpy as np
torch.set_num_threads(1)
name,variant,rows,steps,lr,lra,sh=sys.argv[1],sys.argv[2],int(sys.argv[3]),int(sys.argv[4]),float(sys.argv[5]),float(sys.argv[6]),float(sys.argv[7])
import fmcourse.generation.flow as flow, fmcourse.models.patch_transformer as PT
from torch.nn import functional as F
from fmcourse.generation.forms import FORMS
from dataclasses import replace
form=FORMS["image"]
form=replace(form,plain=sh)
import fmcourse.generation.drawing as drawing
drawing.FORMS=dict(FORMS)|{"image":form}
from fmcourse.training.fit import Recipe,fit
from fmcourse.generation.scoring import questions,score
from types import SimpleNamespace
torch.manual_seed(0)
if "plain" in variant:
    def fwd(self,x,time,words,mask,angles):
        n=x.shape[-1:]
        x=x+self.among(F.rms_norm(x,n),angles=angles)
        x=x+self.to_words(F.rms_norm(x,n),words,mask)
        return x+self.feed(F.rms_norm(x,n))
    PT.Block.forward=fwd
    def nf(self,patches,time,words,dropped=None):
        dropped=torch.zeros_like(time,dtype=torch.bool) if dropped is None else dropped
        caption,mask=self.reader(words,dropped)
        hours=self.clock(F.silu(self.hour(PT.waves(time,self.shape.width)))).unflatten(-1,(6,-1))
        x=self.enter(patches)+self.position.weight+hours[:,:1]
        for b in self.blocks: x=b(x,None,caption,mask,self.angles)
        return self.leave(F.rms_norm(x,x.shape[-1:]))
    PT.PatchTransformer.forward=nf
net=form.network()
if "norope" in variant: net.angles=None
def batch(step):
    rng=np.random.default_rng([0,step]); g=torch.Generator().manual_seed(step+1)
    b=flow.batch_of(*form.batch(rng,rows),g,form.moved)
    if "mix" in variant:
        t1=flow.times(rows,1.0,g); half=torch.rand(rows,generator=g)<.5
        b["time"]=torch.where(half,t1,b["time"])
    return b
L=SimpleNamespace(model=net,card={"form":"image"})
c0=time.process_time()
def show(tag):
    for what in ("two things","count"):
        f=score(L,questions(what,96,"bench"),steps=12,guidance=2.0)
        print(name,tag,what,{k:round(float(v.mean()),2) for k,v in f.parts.items() if k in("shape","colour","size","place")},"fits",round(f.fits.mean(),2),"legal",round(f.legal.mean(),2),"right",round(f.right,2),"cpu",round(time.process_time()-c0),flush=True)
H=fit(flow.Objective(net),batch,Recipe(steps,lr,lra,warmup=min(200,steps//8),seed=0),progress=False)
print(name,"params",sum(p.numel() for p in net.parameters()),"cpu/step",(time.process_time()-c0)/steps,"loss",np.mean(H.loss[-100:]),flush=True)
show("end")
