// Sending a file: the one call that tells how much of it is sent.

import { ApiError, identity, inWorkspace } from "./api.js";

/** Sends a file to a catalog and returns the id of its job. `onSent`: told the share that is sent, 0 to 1. ApiError. */
export function upload(file, catalogId, { signal, onSent }) {
  const url = inWorkspace(`catalog/products/import?catalog_id=${encodeURIComponent(catalogId)}`);
  const form = new FormData();
  form.append("file", file);
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("authorization", identity().authorization);
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => onSent(total ? loaded / total : 0));
    request.addEventListener("error", () => fail(new ApiError(0, { code: "UNREACHABLE", message: "The server cannot be reached." })));
    request.addEventListener("load", () => {
      const told = request.response;
      if (request.status === 202) done(told.backgroundJobId);
      else fail(new ApiError(request.status, told?.error ?? { code: `HTTP_${request.status}`, message: "The file was not taken." }));
    });
    signal.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}
