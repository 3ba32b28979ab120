// SCIMMY with Express, everything in two Maps.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const stores = { User: new Map(), Group: new Map() };
const names = { User: new Map(), Group: new Map() };

function handlers(type, key) {
  const store = stores[type];
  const taken = names[type];
  return {
    ingress(resource, instance) {
      const now = new Date().toISOString();
      const { schemas, meta, ...attributes } = JSON.parse(JSON.stringify(instance));
      const id = resource.id ?? randomUUID();
      const before = store.get(id);
      if (resource.id && !before) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
      const name = String(attributes[key]).toLowerCase();
      if (taken.has(name) && taken.get(name) !== id) {
        throw new SCIMMY.Types.Error(409, "uniqueness", `${key} is in use`);
      }
      if (before) taken.delete(String(before[key]).toLowerCase());
      const created = before?.meta.created ?? now;
      const stored = { ...attributes, id, meta: { created, lastModified: now } };
      taken.set(name, id);
      store.set(id, stored);
      return stored;
    },
    egress(resource) {
      if (resource.id) {
        const found = store.get(resource.id);
        if (!found) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
        return found;
      }
      const all = [...store.values()];
      return resource.filter ? resource.filter.match(all) : all;
    },
    degress(resource) {
      const found = store.get(resource.id);
      if (!found) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
      taken.delete(String(found[key]).toLowerCase());
      store.delete(resource.id);
    },
  };
}

SCIMMY.Config.set({ bulk: { supported: true, maxOperations: 1000 }, patch: true, filter: { supported: true, maxResults: 1000 } });
SCIMMY.Resources.declare(SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false), handlers("User", "userName"));
SCIMMY.Resources.declare(SCIMMY.Resources.Group, handlers("Group", "displayName"));

const app = express();
app.use("/scim/v2", new SCIMMYRouters({
  type: "bearer",
  handler: (request) => {
    if (!request.header("Authorization")?.startsWith("Bearer ")) throw new Error("No token");
    return "benchmark";
  },
}));
app.listen(Number(process.argv[2]), "127.0.0.1");
