"""Whether an answer is what the API's document says: the part of JSON Schema that it uses."""

TYPES = {
    "string": str, "integer": int, "boolean": bool, "object": dict, "array": list,
    "null": type(None),
}


class Document:
    def __init__(self, document):
        self.document = document
        self.operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

    def resolve(self, schema):
        while "$ref" in schema:
            place = self.document
            for part in schema["$ref"][2:].split("/"):
                place = place[part]
            schema = place
        return schema

    def faults(self, value, schema, where="answer"):
        schema = self.resolve(schema)
        if "anyOf" in schema:
            tried = [self.faults(value, one, where) for one in schema["anyOf"]]
            return [] if any(not faults for faults in tried) else tried[0]
        wanted = schema.get("type")
        if wanted is not None:
            kinds = wanted if isinstance(wanted, list) else [wanted]
            fits = any(isinstance(value, TYPES[kind]) and
                       not (kind == "integer" and isinstance(value, bool)) for kind in kinds)
            if not fits:
                return [f"{where}: {value!r:.80} is no {wanted}"]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{where}: {value!r:.80} is none of {schema['enum']}"]
        if isinstance(value, dict):
            return self.object_faults(value, schema, where)
        if isinstance(value, list) and "items" in schema:
            return [fault for at, item in enumerate(value)
                    for fault in self.faults(item, schema["items"], f"{where}[{at}]")]
        return []

    def object_faults(self, value, schema, where):
        properties = schema.get("properties", {})
        faults = [f"{where}: {name} is missing" for name in schema.get("required", [])
                  if name not in value]
        extra = schema.get("additionalProperties", True)
        for name, member in value.items():
            if name in properties:
                faults += self.faults(member, properties[name], f"{where}.{name}")
            elif extra is False:
                faults.append(f"{where}: {name} is not documented")
            elif isinstance(extra, dict):
                faults += self.faults(member, extra, f"{where}.{name}")
        return faults

    def check(self, operation, reply):
        """The faults of an answer to this operation."""
        responses = self.operations[operation][2]["responses"]
        documented = responses.get(str(reply.status))
        if documented is None:
            if reply.status < 400:
                return [f"{operation} answers {reply.status}, which is not documented"]
            documented = responses["default"]
        documented = self.resolve(documented)
        content = documented.get("content", {})
        if not content:
            return [f"{operation}: a body where none is documented"] if reply.body else []
        media = (reply.header("Content-Type") or "").split(";")[0]
        if media not in content:
            return [f"{operation}: {media} is none of {list(content)}"]
        if not media.endswith("json"):
            return []
        return self.faults(reply.json, content[media]["schema"], operation)
