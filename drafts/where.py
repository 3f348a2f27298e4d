import torch,numpy as np
torch.set_num_threads(1)
from fmcourse.models.catalogue import load
from fmcourse.generation.scoring import *
from fmcourse.generation.forms import FORMS
from fmcourse.generation.flow import *
from fmcourse.generation.drawing import guided
from fmcourse.scenes import image
L=load("scene-diffusion",source="/tmp/m/scene-diffusion"); form=FORMS["image"]
rng=np.random.default_rng(3)
for what in ("two things","count"):
  asked=questions(what,64,"where")
  real=np.stack([image(o.scene,rng=rng,free=True) for o in asked]).astype(np.float32)
  x0=torch.from_numpy(form.to_patches(real)); words=form.encode([captions.say(o.request) for o in asked])
  e=torch.randn(x0.shape,generator=torch.Generator().manual_seed(0))
  for g in (1.0,2.0):
   for start in (0.3,0.6,0.8,0.9,0.95,1.0):
    with torch.no_grad():
      x=mixed(x0,e,torch.full((64,),start))
      line=torch.linspace(1,0,26); line=3*line/(1+2*line); line=line[line<start-1e-6]; line=torch.cat([torch.tensor([start]),line])
      for now,later in zip(line[:-1],line[1:]):
        t=now.expand(64); clean=guided(L.model,x,t,words,g)
        x=x+(later-now)*velocity(x,clean,t) if later>0 else clean
    f=score(L,asked,pictures=form.from_patches(x.numpy()))
    print(what,"guid",g,"from t",start,"steps",len(line)-1,"fits",round(f.fits.mean(),2),"legal",round(f.legal.mean(),2),"right",round(f.right,2),flush=True)
