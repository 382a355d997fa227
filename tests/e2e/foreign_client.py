#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A gRPC client that knows nothing of Trimtab: it asks the reflection service
what there is, builds the messages from the descriptors that it gets, and calls.
Run by foreign_client_test.py with a Python that has grpcio.

Usage: foreign_client.py ADDRESS
"""

import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

# The reflection protocol, by hand: Debian has no python3-grpcio-reflection.
REFLECTION = descriptor_pb2.FileDescriptorProto(
    name="reflection.proto", package="grpc.reflection.v1alpha", syntax="proto3")


def add_message(name, *fields):
    message = REFLECTION.message_type.add(name=name)
    for number, field, kind, label in fields:
        each = message.field.add(name=field, number=number, label=label)
        if isinstance(kind, str):
            each.type, each.type_name = each.TYPE_MESSAGE, ".grpc.reflection.v1alpha." + kind
        else:
            each.type = kind


FIELD = descriptor_pb2.FieldDescriptorProto
ONE, MANY = FIELD.LABEL_OPTIONAL, FIELD.LABEL_REPEATED
add_message("ServerReflectionRequest", (4, "file_containing_symbol", FIELD.TYPE_STRING, ONE),
            (7, "list_services", FIELD.TYPE_STRING, ONE))
add_message("FileDescriptorResponse", (1, "file_descriptor_proto", FIELD.TYPE_BYTES, MANY))
add_message("ServiceResponse", (1, "name", FIELD.TYPE_STRING, ONE))
add_message("ListServiceResponse", (1, "service", "ServiceResponse", MANY))
add_message("ServerReflectionResponse",
            (4, "file_descriptor_response", "FileDescriptorResponse", ONE),
            (6, "list_services_response", "ListServiceResponse", ONE))


def message_class(pool, name):
    descriptor = pool.FindMessageTypeByName(name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


class Reflection:
    def __init__(self, channel):
        pool = descriptor_pool.DescriptorPool()
        pool.Add(REFLECTION)
        self.request = message_class(pool, "grpc.reflection.v1alpha.ServerReflectionRequest")
        response = message_class(pool, "grpc.reflection.v1alpha.ServerReflectionResponse")
        self.call = channel.stream_stream(
            "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
            request_serializer=self.request.SerializeToString,
            response_deserializer=response.FromString)

    def ask(self, **question):
        return next(iter(self.call(iter([self.request(**question)]), timeout=30)))

    def services(self):
        answer = self.ask(list_services="*")
        return [service.name for service in answer.list_services_response.service]

    def learn(self, pool, symbol):
        """Adds the files that a symbol needs, those that others need first."""
        files = {}
        for data in self.ask(
                file_containing_symbol=symbol).file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(data)
            files[file.name] = file
        added = set()

        def add(name):
            if name in added or name not in files:
                return
            added.add(name)
            for needed in files[name].dependency:
                add(needed)
            pool.Add(files[name])

        for name in list(files):
            add(name)


def main():
    with grpc.insecure_channel(sys.argv[1]) as channel:
        reflection = Reflection(channel)
        pool = descriptor_pool.DescriptorPool()
        services = reflection.services()
        for service in services:
            if not service.startswith("grpc.reflection"):
                reflection.learn(pool, service)

        def call(service, method, /, many=False, **fields):
            found = pool.FindServiceByName(service).FindMethodByName(method)
            request = message_class(pool, found.input_type.full_name)
            response = message_class(pool, found.output_type.full_name)
            make = channel.unary_stream if many else channel.unary_unary
            stub = make(f"/{service}/{method}", request_serializer=request.SerializeToString,
                        response_deserializer=response.FromString)
            answer = stub(request(**fields), timeout=30)
            return json_format.MessageToDict(next(iter(answer)) if many else answer,
                                             preserving_proto_field_name=True)

        tuner = "trimtab.v1.TunerService"
        refusal = None
        try:
            call(tuner, "ApproveCandidate")
        except grpc.RpcError as error:
            refusal = [error.code().name, error.details()]
        print(json.dumps({
            "services": services,
            "health": call("grpc.health.v1.Health", "Check"),
            "health_of_tuner": call("grpc.health.v1.Health", "Check", service=tuner),
            "health_watch": call("grpc.health.v1.Health", "Watch", many=True),
            "status": call(tuner, "GetStatus")["status"],
            "watch": call(tuner, "WatchStatus", many=True)["status"],
            "best": call(tuner, "GetBestConfiguration"),
            "trials": call(tuner, "ListTrials", page_size=2),
            "refusal": refusal,
        }))


if __name__ == "__main__":
    main()
