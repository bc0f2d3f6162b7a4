//! Files of any version, read in the columns of this one.

use std::io;
use std::sync::Arc;

use arrow::array::new_null_array;
use arrow::compute::cast;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

/// The batch with exactly the columns of `schema`: a column that its file does not have is null, one of another type is
/// cast, one that is not asked for is left out.
pub(crate) fn in_columns(batch: &RecordBatch, schema: &SchemaRef) -> io::Result<RecordBatch> {
    let column = |field: &Arc<arrow::datatypes::Field>| match batch.column_by_name(field.name()) {
        None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        Some(values) => cast(values, field.data_type()),
    };
    let columns: Result<Vec<_>, _> = schema.fields().iter().map(column).collect();
    columns.and_then(|columns| RecordBatch::try_new(Arc::clone(schema), columns)).map_err(io::Error::other)
}
