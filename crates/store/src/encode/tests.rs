//! What is encoded here is read back by the library's own reader.

use std::sync::Arc;

use arrow::array::{Array, AsArray, new_empty_array};
use arrow::datatypes::{Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as PhysicalType};
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor, Type, TypePtr};
use proptest::prelude::*;

use super::{Chunk, Encoder};

fn unsigned(bits: i8, optional: bool) -> TypePtr {
    let (physical, converted) = match bits {
        8 => (PhysicalType::INT32, ConvertedType::UINT_8),
        16 => (PhysicalType::INT32, ConvertedType::UINT_16),
        32 => (PhysicalType::INT32, ConvertedType::UINT_32),
        _ => (PhysicalType::INT64, ConvertedType::UINT_64),
    };
    let builder = Type::primitive_type_builder("column", physical)
        .with_logical_type(Some(LogicalType::integer(bits, false)))
        .with_converted_type(converted);
    build(builder, optional)
}

fn build(builder: parquet::schema::types::PrimitiveTypeBuilder<'_>, optional: bool) -> TypePtr {
    let repetition = if optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    Arc::new(builder.with_repetition(repetition).build().unwrap())
}

/// A file of one column.
pub(crate) fn file_of(column: TypePtr, encode: impl FnOnce(&mut Encoder, &ColumnDescPtr) -> Chunk) -> Bytes {
    let root = Arc::new(Type::group_type_builder("row").with_fields(vec![column]).build().unwrap());
    let schema = SchemaDescriptor::new(Arc::clone(&root));
    let chunk = encode(&mut Encoder::new().unwrap(), &schema.column(0));
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, root, Arc::new(WriterProperties::default())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    group.append_column(&chunk.bytes, chunk.close).unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes.into()
}

/// Writes a file of the one column; gives it back as it is read, and its statistics.
fn through_a_file(
    column: TypePtr,
    encode: impl FnOnce(&mut Encoder, &ColumnDescPtr) -> Chunk,
) -> (arrow::array::ArrayRef, Statistics) {
    let bytes = file_of(column, encode);
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&bytes).unwrap();
    let statistics = metadata.row_group(0).column(0).statistics().unwrap().clone();
    let rows = usize::try_from(metadata.file_metadata().num_rows()).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap().with_batch_size(rows.max(1));
    let kind = reader.schema().field(0).data_type().clone();
    let reader = reader.build().unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    let arrays: Vec<&dyn Array> = batches.iter().map(|batch| &**batch.column(0)).collect();
    // Without rows the reader gives no batch.
    let read = if arrays.is_empty() { new_empty_array(&kind) } else { arrow::compute::concat(&arrays).unwrap() };
    (read, statistics)
}

/// Numbers as they come in captures: few different ones in runs, or many.
fn numbers() -> impl Strategy<Value = Vec<u64>> {
    let runs = prop::collection::vec((0u64..20, 1usize..60), 1..60);
    let runs =
        runs.prop_map(|runs| runs.into_iter().flat_map(|(value, count)| std::iter::repeat_n(value, count)).collect());
    prop_oneof![runs, prop::collection::vec(any::<u64>(), 1..5000), prop::collection::vec(0u64..5000, 1..5000)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn numbers_read_back(values in numbers()) {
        let narrow: Vec<u32> = values.iter().map(|&value| value as u32).collect();
        let (read, statistics) = through_a_file(unsigned(32, false), |e, c| e.numbers(c, &narrow).unwrap());
        prop_assert_eq!(read.as_primitive::<UInt32Type>().values().to_vec(), narrow.clone());
        let Statistics::Int32(statistics) = statistics else { panic!("{statistics:?}") };
        prop_assert_eq!(statistics.min_opt().map(|&least| least as u32), narrow.iter().copied().min());
        prop_assert_eq!(statistics.max_opt().map(|&most| most as u32), narrow.iter().copied().max());

        let (read, _) = through_a_file(unsigned(64, false), |e, c| e.numbers(c, &values).unwrap());
        prop_assert_eq!(read.as_primitive::<UInt64Type>().values().to_vec(), values.clone());
        let small: Vec<u16> = values.iter().map(|&value| value as u16).collect();
        let (read, _) = through_a_file(unsigned(16, false), |e, c| e.numbers(c, &small).unwrap());
        prop_assert_eq!(read.as_primitive::<UInt16Type>().values().to_vec(), small);
        let tiny: Vec<u8> = values.iter().map(|&value| value as u8).collect();
        let (read, _) = through_a_file(unsigned(8, false), |e, c| e.numbers(c, &tiny).unwrap());
        prop_assert_eq!(read.as_primitive::<UInt8Type>().values().to_vec(), tiny);
    }

    #[test]
    fn growing_numbers_read_back(values in prop_oneof![
        prop::collection::vec(any::<i64>(), 0..1000),
        prop::collection::vec(0i64..2000, 0..1000).prop_map(|steps| {
            steps.iter().scan(1_700_000_000_000_000i64, |at, step| { *at += step; Some(*at) }).collect::<Vec<_>>()
        }),
    ]) {
        let column = build(Type::primitive_type_builder("column", PhysicalType::INT64), false);
        let (read, _) = through_a_file(column, |e, c| e.growing(c, &values).unwrap());
        prop_assert_eq!(read.as_primitive::<Int64Type>().values().to_vec(), values);
    }

    #[test]
    fn missing_numbers_stay_missing(values in numbers(), holes in any::<u64>()) {
        let rows: Vec<Option<u32>> = values.iter().enumerate()
            .map(|(place, &value)| (holes >> (place % 64) & 1 == 0).then_some(value as u32)).collect();
        let present: Vec<bool> = rows.iter().map(Option::is_some).collect();
        let there: Vec<u32> = rows.iter().flatten().copied().collect();
        let some_missing = (there.len() != rows.len()).then_some(&present[..]);
        let (read, statistics) =
            through_a_file(unsigned(32, true), |e, c| e.sparse_numbers(c, some_missing, rows.len(), &there).unwrap());
        prop_assert_eq!(read.as_primitive::<UInt32Type>().iter().collect::<Vec<_>>(), rows.clone());
        prop_assert_eq!(statistics.null_count_opt(), Some((rows.len() - there.len()) as u64));
    }

    #[test]
    fn wide_addresses_read_back(rows in prop::collection::vec(any::<Option<u128>>(), 1..300)) {
        let present: Vec<bool> = rows.iter().map(Option::is_some).collect();
        let there: Vec<u128> = rows.iter().flatten().copied().collect();
        let some_missing = (there.len() != rows.len()).then_some(&present[..]);
        let column = build(Type::primitive_type_builder("column", PhysicalType::FIXED_LEN_BYTE_ARRAY).with_length(16), true);
        let (read, _) = through_a_file(column, |e, c| e.sparse_wide(c, some_missing, rows.len(), &there).unwrap());
        let read = read.as_fixed_size_binary();
        let read: Vec<Option<u128>> =
            read.iter().map(|bytes| bytes.map(|bytes| u128::from_be_bytes(bytes.try_into().unwrap()))).collect();
        prop_assert_eq!(read, rows);
    }

    #[test]
    fn texts_read_back(rows in prop::collection::vec(prop::option::of(0u32..12), 1..3000)) {
        // Only texts that are used are given, in the order in which they are met.
        let mut used: Vec<u32> = Vec::new();
        let codes: Vec<Option<u32>> = rows.iter().map(|row| row.map(|text| {
            used.iter().position(|&known| known == text).unwrap_or_else(|| { used.push(text); used.len() - 1 }) as u32
        })).collect();
        let texts: Vec<String> = used.iter().map(|text| "ü".repeat(*text as usize)).collect();
        let column = build(Type::primitive_type_builder("column", PhysicalType::BYTE_ARRAY)
            .with_logical_type(Some(LogicalType::String)).with_converted_type(ConvertedType::UTF8), true);
        let (read, _) = through_a_file(column, |e, c| {
            e.texts(c, codes.iter().copied(), texts.iter().map(String::as_str)).unwrap()
        });
        let right: Vec<Option<String>> = rows.iter().map(|row| row.map(|text| "ü".repeat(text as usize))).collect();
        let read: Vec<Option<String>> = read.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect();
        prop_assert_eq!(read, right);
    }

    #[test]
    fn flags_read_back(rows in prop::collection::vec(any::<bool>(), 1..1000)) {
        let column = build(Type::primitive_type_builder("column", PhysicalType::BOOLEAN), false);
        let (read, _) = through_a_file(column, |e, c| e.flags(c, &rows).unwrap());
        prop_assert_eq!(read.as_boolean().iter().map(Option::unwrap).collect::<Vec<_>>(), rows);
    }
}

/// A dictionary is used where it pays and given up where it does not, and either way the file stays near what the numbers
/// themselves need.
#[test]
fn sizes_are_near_to_what_is_in_them() {
    let column = unsigned(32, false);
    let root = Arc::new(Type::group_type_builder("row").with_fields(vec![column]).build().unwrap());
    let schema = SchemaDescriptor::new(root);
    let mut encoder = Encoder::new().unwrap();
    let mut size = |values: &[u32]| encoder.numbers(&schema.column(0), values).unwrap().bytes.len();
    let rows = 100_000u32;
    assert!(size(&vec![7; rows as usize]) < 100, "one run");
    let mixed = |n: u32| n.wrapping_mul(2_654_435_761);
    let sixteen: Vec<u32> = (0..rows).map(|n| mixed(n) >> 28).collect();
    assert!(size(&sixteen) < rows as usize / 2 + 1000, "four bits each");
    let any: Vec<u32> = (0..rows).map(|n| mixed(n ^ mixed(n) >> 13)).collect();
    assert!(size(&any) < rows as usize * 4 + rows as usize / 8, "thirty-two bits each");
}
