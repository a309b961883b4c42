#!/bin/sh
echo "Hello from $(. /etc/os-release && echo "$PRETTY_NAME")"
