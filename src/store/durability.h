// Which layers survive loss of power.
//
// A new layer is only written, not synced: a build would wait for the disk at every step. Its row
// says so (durable = 0) and names the boot. Publishing an image syncs the files of its layers and
// then, in one synced transaction, marks them. After loss of power what was not marked counts as
// lost, even where its files happen to be there.
#pragma once

#include <vector>

#include "store/layer_rows.h"

namespace estiba::store {

class BlobStore;
class Database;
class LayerFiles;
class TemporaryArea;

// Syncs the files of those among `diff_ids` that are not durable, and of all others that the kernel
// has had the time to write back by itself (which costs next to nothing and keeps the build cache
// over a restart). Returns the rows as they were when their files were synced.
[[nodiscard]] std::vector<LayerRow> sync_layers(Database& database, const LayerFiles& files,
                                                const std::vector<Digest>& diff_ids);

// Marks what sync_layers() returned; part of the caller's synced write transaction. False, with
// nothing changed, when one of `diff_ids` got another form meanwhile or was made anew: sync again.
[[nodiscard]] bool mark_durable(sql::Connection& connection, const std::vector<Digest>& diff_ids,
                                const std::vector<LayerRow>& synced);

// Drops the layers of an earlier boot that were not durable, with the images and cache entries that
// stand on them. Layers that still have a blob only lose their other forms.
void forget_lost_layers(Database& database, const LayerFiles& files, const BlobStore& blobs,
                        TemporaryArea& temporary);

}  // namespace estiba::store
