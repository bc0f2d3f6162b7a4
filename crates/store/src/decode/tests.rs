//! What is decoded here is what the library's own reader decodes, from files of our writer and of the library's.

use arrow::array::FixedSizeBinaryBuilder;
use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::schema::types::ColumnDescPtr;
use proptest::prelude::*;

use super::*;
use crate::encode::{Chunk, Encoder, tests};
use crate::lake::columns::{ARROW, PARQUET};
use crate::lake::versions;

fn named(name: &str) -> &'static Field {
    ARROW.field_with_name(name).unwrap()
}

fn row_group(file: &Bytes) -> RowGroup {
    let found = ArrowReaderMetadata::load(file, ArrowReaderOptions::new()).unwrap();
    let metadata = versions::in_types(Arc::clone(found.metadata())).unwrap();
    // Every column on its own, as they are fetched.
    let ranges = RowGroup::ranges(&metadata, 0, ARROW.fields().iter().map(|field| &**field));
    let piece = |range: Range<u64>| (range.start, file.slice(range.start as usize..range.end as usize));
    RowGroup::new(metadata, 0, ranges.into_iter().map(piece).collect())
}

/// Numbers as they come in flows: in runs, few different ones, or any.
fn rows() -> impl Strategy<Value = Vec<Option<u64>>> {
    let runs = prop::collection::vec((prop::option::weighted(0.8, 0u64..20), 1usize..90), 1..40);
    let runs = runs.prop_map(|runs| runs.into_iter().flat_map(|(n, count)| std::iter::repeat_n(n, count)).collect());
    let alike = (prop::option::of(any::<u64>()), 1usize..2000).prop_map(|(value, rows)| vec![value; rows]);
    let any = prop::collection::vec(prop::option::weighted(0.9, any::<u64>()), 1..2000);
    let few = prop::collection::vec(prop::option::weighted(0.9, 0u64..300), 1..2000);
    prop_oneof![runs, alike, any, few]
}

/// A batch of one column of each kind, some of them nullable.
fn batch(rows: &[Option<u64>]) -> RecordBatch {
    let all = || rows.iter().map(|value| value.unwrap_or(7));
    let texts = || rows.iter().map(|value| value.map(|value| format!("text {}", value % 400)));
    let mut wide = FixedSizeBinaryBuilder::new(16);
    for value in rows {
        match value {
            Some(value) => wide.append_value(u128::from(*value).to_be_bytes()).unwrap(),
            None => wide.append_null(),
        }
    }
    let times: Vec<i64> = all().map(|value| value as i64).collect();
    let columns: [(&str, ArrayRef); 9] = [
        ("start_time", Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC"))),
        ("src_endpoint_ipv4", Arc::new(rows.iter().map(|v| v.map(|v| v as u32)).collect::<UInt32Array>())),
        ("src_endpoint_ipv6", Arc::new(wide.finish())),
        ("dst_endpoint_port", Arc::new(UInt16Array::from_iter_values(all().map(|v| v as u16)))),
        ("connection_info_protocol_num", Arc::new(UInt8Array::from_iter_values(all().map(|v| v as u8)))),
        ("traffic_bytes_out", Arc::new(UInt64Array::from_iter_values(all()))),
        ("app_name", Arc::new(texts().collect::<StringViewArray>())),
        ("function_code", Arc::new(rows.iter().map(|v| v.map(|v| v as u16)).collect::<UInt16Array>())),
        ("opening", Arc::new(BooleanArray::from_iter(all().map(|value| Some(value % 3 > 0))))),
    ];
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, values)| Field::new(*name, values.data_type().clone(), named(name).is_nullable()))
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.map(|(_, values)| values).to_vec()).unwrap()
}

fn properties() -> impl Strategy<Value = WriterProperties> {
    (
        any::<bool>(),
        any::<bool>(),
        prop_oneof![Just(100usize), Just(1_000_000)],
        prop_oneof![Just(64usize), Just(1 << 20)],
    )
        .prop_map(|(new, dictionary, page, dictionary_size)| {
            let version = if new { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 };
            WriterProperties::builder()
                .set_writer_version(version)
                .set_dictionary_enabled(dictionary)
                .set_data_page_row_count_limit(page)
                .set_write_batch_size(64)
                .set_dictionary_page_size_limit(dictionary_size)
                .set_compression(Compression::ZSTD(ZstdLevel::default()))
                .build()
        })
}

/// A file of one column of flows, written as the lake's are.
fn file_of(column: &Field, encode: impl FnOnce(&mut Encoder, &ColumnDescPtr) -> Chunk) -> Bytes {
    let place = ARROW.index_of(column.name()).unwrap();
    tests::file_of(PARQUET.as_ref().unwrap().column(place).self_type_ptr(), encode)
}

/// The column as it was decoded, and whether that was from codes.
fn decoded(file: &Bytes, column: &Field) -> (ArrayRef, bool) {
    let group = row_group(file);
    let found = group.column(column).unwrap();
    group.check(column).unwrap();
    (found.expanded(group.rows()).unwrap(), found.codes != Codes::InPlace)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_the_library_writes_reads_back(rows in rows(), properties in properties()) {
        let batch = batch(&rows);
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let group = row_group(&file.into());
        for (field, right) in batch.schema().fields().iter().zip(batch.columns()) {
            let column = group.column(named(field.name())).unwrap();
            prop_assert_eq!(&column.expanded(rows.len()).unwrap(), right);
            if !matches!(field.data_type(), DataType::FixedSizeBinary(_) | DataType::Timestamp(..)) {
                let numbered = column.numbered().unwrap();
                prop_assert!(numbered.codes != Codes::InPlace);
                prop_assert_eq!(&numbered.expanded(rows.len()).unwrap(), right);
            }
        }
        // A file of before there was the column.
        let missing = group.column(named("tunnel_depth")).unwrap();
        prop_assert_eq!(missing.expanded(rows.len()).unwrap().null_count(), rows.len());
        prop_assert!(group.column(named("ordinal")).is_err());
    }

    #[test]
    fn what_we_write_reads_back(rows in rows()) {
        let ports: Vec<u16> = rows.iter().map(|value| value.unwrap_or(7) as u16).collect();
        let port = named("dst_endpoint_port");
        let (read, _) = decoded(&file_of(port, |e, c| e.numbers(c, &ports).unwrap()), port);
        prop_assert_eq!(read.as_primitive::<UInt16Type>().values().to_vec(), ports);

        let flags: Vec<bool> = rows.iter().map(|value| value.is_some()).collect();
        let opening = named("opening");
        let (read, coded) = decoded(&file_of(opening, |e, c| e.flags(c, &flags).unwrap()), opening);
        prop_assert!(coded);
        prop_assert_eq!(read.as_boolean().iter().map(Option::unwrap).collect::<Vec<_>>(), flags.clone());

        let there: Vec<u32> = rows.iter().flatten().map(|&value| value as u32).collect();
        let present = (there.len() < rows.len()).then_some(&flags[..]);
        let address = named("src_endpoint_ipv4");
        let file = file_of(address, |e, c| e.sparse_numbers(c, present, rows.len(), &there).unwrap());
        let right: UInt32Array = rows.iter().map(|value| value.map(|value| value as u32)).collect();
        let (read, _) = decoded(&file, address);
        prop_assert_eq!(read.as_primitive::<UInt32Type>(), &right);

        let application = named("app_name");
        let texts: Vec<String> = (0..20).map(|n| format!("ü{n}")).collect();
        let codes: Vec<Option<u32>> = rows.iter().map(|value| value.map(|value| (value % 20) as u32)).collect();
        let file = file_of(application, |e, c| e.texts(c, codes.iter().copied(), texts.iter().map(String::as_str)).unwrap());
        let right: StringViewArray = codes.iter().map(|code| code.map(|code| texts[code as usize].as_str())).collect();
        let (read, _) = decoded(&file, application);
        prop_assert_eq!(read.as_string_view(), &right);
    }

    /// Damage brings an error or other values, never more than there is room for.
    #[test]
    fn damage_stops_nothing(rows in rows(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        // Few different ones, so that what is damaged is a page of codes.
        let bytes: Vec<u64> = rows.iter().map(|value| value.unwrap_or(7) % 300).collect();
        let column = named("traffic_bytes_out");
        let file = file_of(column, |e, c| e.numbers(c, &bytes).unwrap());
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).unwrap();
        let (start, length) = metadata.metadata().row_group(0).column(0).byte_range();
        let mut piece = file[start as usize..(start + length) as usize].to_vec();
        let at = at.index(piece.len());
        piece[at] = byte;
        let metadata = versions::in_types(Arc::clone(metadata.metadata())).unwrap();
        let group = RowGroup::new(metadata, 0, vec![(start, piece.into())]);
        if let Ok(values) = group.column(column).and_then(|column| column.expanded(rows.len())) {
            prop_assert_eq!(values.len(), rows.len());
        }
    }
}

/// What is written as codes is not read in any slower way, and one run stays one.
#[test]
fn codes_are_taken_as_they_stand() {
    // Also of columns with nulls, of texts, and from pages that the library wrote.
    let rows: Vec<Option<u64>> = (0..2500).map(|row| (row % 7 > 0).then_some(row % 20)).collect();
    let batch = batch(&rows);
    let properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_data_page_row_count_limit(1000)
        .set_write_batch_size(500)
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let group = row_group(&file.into());
    for field in
        batch.schema().fields().iter().filter(|field| !matches!(field.data_type(), DataType::FixedSizeBinary(_)))
    {
        let column = group.column(named(field.name())).unwrap();
        let Codes::Pages(pages) = &column.codes else { panic!("{field}: {:?}", column.codes) };
        assert_eq!(pages.iter().map(|page| page.rows).collect::<Vec<_>>(), [1000, 1000, 500], "{field}");
    }

    let column = named("traffic_bytes_out");
    let codes = |values: &[u64]| {
        let file = file_of(column, |e, c| e.numbers(c, values).unwrap());
        row_group(&file).column(column).unwrap().codes
    };
    assert_eq!(codes(&vec![60; 5000]), Codes::All(0));
    let turns: Vec<u32> = (0..5000).map(|row| row % 2).collect();
    let found = codes(&turns.iter().map(|turn| 60 + u64::from(*turn)).collect::<Vec<_>>());
    let Codes::Pages(pages) = &found else { panic!("{found:?}") };
    assert!(
        matches!(pages[..], [PageCodes { rows: 5000, form: Form::Hybrid { width: 1, below: 2, .. } }]),
        "{pages:?}"
    );
    assert_eq!(found.read(5000).unwrap(), turns);
    assert!(found.read(5001).is_err());
}

proptest! {
    /// Stretches of any length give what one stretch gives.
    #[test]
    fn codes_are_read_in_any_steps(
        runs in prop::collection::vec((0u32..300, prop_oneof![1usize..5, 1usize..70]), 1..40),
        steps in prop::collection::vec(1usize..100, 1..200),
    ) {
        let values: Vec<u32> = runs.iter().flat_map(|&(value, count)| std::iter::repeat_n(value, count)).collect();
        let column = named("dst_endpoint_port");
        let ports: Vec<u16> = values.iter().map(|&value| value as u16).collect();
        let group = row_group(&file_of(column, |e, c| e.numbers(c, &ports).unwrap()));
        let codes = group.column(column).unwrap().codes;
        let right = codes.read(values.len()).unwrap();
        let (mut reader, mut read) = (codes.reader(), Vec::new());
        for step in steps.iter().cycle() {
            let mut some = vec![0; (*step).min(values.len() - read.len())];
            if some.is_empty() {
                break;
            }
            reader.fill(&mut some).unwrap();
            read.extend(some);
        }
        prop_assert_eq!(read, right);
    }
}
