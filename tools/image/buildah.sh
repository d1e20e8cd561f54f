# buildah with its store in our cache: no daemon, no kernel module, no file of the user's own.
build_tool() {
  buildah --storage-driver vfs --root "$cache/store" --runroot "$cache/run" "$@"
}
