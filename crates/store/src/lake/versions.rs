//! Files of any version, read in the columns of this one.

use std::io;
use std::sync::Arc;

use arrow::array::new_null_array;
use arrow::compute::cast;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::Result;
use parquet::file::metadata::ParquetMetaData;

use super::columns::ARROW;

/// A reader of a file's rows, which come in the types of this version where it knows the column: what questions meet, and
/// what is looked at here, is decoded in the same way.
pub(crate) fn reader(bytes: Bytes) -> Result<ParquetRecordBatchReaderBuilder<Bytes>> {
    let found = ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new())?;
    let metadata = in_types(Arc::clone(found.metadata()))?;
    Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(bytes, metadata))
}

/// What a reader has to know of a file so that it gives columns in the types of this version.
pub(crate) fn in_types(metadata: Arc<ParquetMetaData>) -> Result<ArrowReaderMetadata> {
    let found = ArrowReaderMetadata::try_new(metadata, ArrowReaderOptions::new())?;
    let known = |field: &Arc<Field>| match ARROW.field_with_name(field.name()) {
        Ok(known) => Arc::new(field.as_ref().clone().with_data_type(known.data_type().clone())),
        Err(_) => Arc::clone(field),
    };
    let fields: Vec<Arc<Field>> = found.schema().fields().iter().map(known).collect();
    let options = ArrowReaderOptions::new().with_schema(Arc::new(Schema::new(fields)));
    ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), options)
}

/// The batch with exactly the columns of `schema`: a column that its file does not have is null, one of another type is
/// cast, one that is not asked for is left out.
pub(crate) fn in_columns(batch: &RecordBatch, schema: &SchemaRef) -> io::Result<RecordBatch> {
    let column = |field: &Arc<Field>| match batch.column_by_name(field.name()) {
        None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        Some(values) => cast(values, field.data_type()),
    };
    let columns: std::result::Result<Vec<_>, _> = schema.fields().iter().map(column).collect();
    columns.and_then(|columns| RecordBatch::try_new(Arc::clone(schema), columns)).map_err(io::Error::other)
}
