#include "archive/erofs/index_builder.h"

#include "archive/erofs/image_writer.h"
#include "archive/erofs/layer_tree.h"
#include "archive/file_source.h"
#include "archive/tar_reader.h"

namespace estiba::archive::erofs {

struct IndexBuilder::State {
  LayerTree tree;
};

IndexBuilder::IndexBuilder() : state_(std::make_unique<State>()) {}
IndexBuilder::~IndexBuilder() = default;
IndexBuilder::IndexBuilder(IndexBuilder&&) noexcept = default;
IndexBuilder& IndexBuilder::operator=(IndexBuilder&&) noexcept = default;

void IndexBuilder::add(const TarEntry& entry, std::uint64_t data_offset) {
  state_->tree.add(entry, data_offset);
}

void IndexBuilder::finish(int tar_fd, std::uint64_t tar_size_bytes, int index_fd) {
  write_image(state_->tree,
              {.tar_fd = tar_fd, .tar_size_bytes = tar_size_bytes, .image_fd = index_fd});
}

void write_index(int tar_fd, std::uint64_t tar_size_bytes, int index_fd) {
  FileSource file(tar_fd, 0, tar_size_bytes, "the tar of a layer");
  TarReader reader(file);
  IndexBuilder builder;
  while (const auto entry = reader.next()) builder.add(*entry, reader.data_offset());
  builder.finish(tar_fd, tar_size_bytes, index_fd);
}

}  // namespace estiba::archive::erofs
