use proptest::prelude::*;

use super::*;
use crate::pictures::{Picture, link};

const FORMATS: [Format; 4] = [Format::Planes, Format::Yuyv, Format::Uyvy, Format::Jpeg];

fn luma(picture: &Picture) -> Luma {
    let bytes = picture.written(Format::Planes);
    Luma::of(picture.frame(Format::Planes, &bytes)).unwrap()
}

#[test]
fn a_code_is_read_in_every_format() {
    let picture = Picture::of_code(&link(), 420.0, 0.0);
    for format in FORMATS {
        let bytes = picture.written(format);
        let luma = Luma::of(picture.frame(format, &bytes)).unwrap();
        assert_eq!((luma.width(), luma.height()), (1_280, 720), "{format:?}");
        assert_eq!(luma.code(), Some(link()), "{format:?}");
    }
}

#[test]
fn a_wall_has_no_code() {
    assert_eq!(luma(&Picture::wall(640, 480, 180)).code(), None);
    assert_eq!(luma(&Picture::wall(640, 480, 128).noisy(100)).code(), None);
}

#[test]
fn paper_may_be_held_askew() {
    for degrees in (0..360).step_by(15) {
        let picture = Picture::of_code(&link(), 420.0, f64::from(degrees)).blurred(1);
        assert_eq!(luma(&picture).code(), Some(link()), "{degrees} degrees");
    }
}

#[test]
fn a_code_need_not_fill_the_picture() {
    for side in [250.0, 300.0, 360.0, 500.0, 600.0] {
        let picture = Picture::of_code(&link(), side, 7.0).blurred(1);
        assert_eq!(luma(&picture).code(), Some(link()), "{side} pixels");
    }
}

#[test]
fn bad_light_and_a_soft_picture_are_read() {
    let picture = Picture::of_code(&link(), 420.0, 5.0);
    let soft = luma(&picture.blurred(1));
    assert_eq!(
        soft.code_at_once(),
        None,
        "else the second look below shows nothing"
    );
    assert_eq!(soft.code(), Some(link()), "soft");
    let noisy = picture.clone().noisy(60);
    assert_eq!(luma(&noisy).code(), Some(link()), "dark");
    let lit = picture.clone().lit_from_left().noisy(20);
    assert_eq!(luma(&lit).code(), Some(link()), "a lamp");
    // Nobody promises to read anything.
    assert_eq!(luma(&picture.blurred(12)).code(), None);
}

#[test]
fn frames_without_the_tables_that_all_cameras_share_are_read() {
    let picture = Picture::of_code(&link(), 420.0, 0.0);
    let file = picture.written(Format::Jpeg);
    let mut bare = Vec::new();
    let mut rest = &file[..];
    let mut left_out = 0;
    // Segments are a marker, a length and contents; the last one before the picture is SOS.
    bare.extend(&rest[..2]);
    rest = &rest[2..];
    while rest[1] != 0xda {
        let length = 2 + usize::from(u16::from_be_bytes([rest[2], rest[3]]));
        match rest[1] {
            0xc4 => left_out += 1,
            _ => bare.extend(&rest[..length]),
        }
        rest = &rest[length..];
    }
    bare.extend(rest);
    assert!(left_out > 0, "there were tables");
    let luma = Luma::of(picture.frame(Format::Jpeg, &bare)).unwrap();
    assert_eq!(luma.code(), Some(link()));
}

#[test]
fn what_stands_between_rows_is_left_out() {
    let picture = Picture::of_code(&link(), 420.0, 0.0);
    let rows = picture.bytes.chunks(picture.width);
    let padded: Vec<u8> = rows.flat_map(|row| [row, &[0; 64]].concat()).collect();
    let frame = Frame {
        stride: 1_280 + 64,
        ..picture.frame(Format::Planes, &padded)
    };
    assert_eq!(Luma::of(frame).unwrap(), luma(&picture));
    // The last row needs nothing behind it.
    let frame = Frame {
        bytes: &padded[..padded.len() - 64],
        ..frame
    };
    assert_eq!(Luma::of(frame).unwrap(), luma(&picture));
    let frame = Frame {
        bytes: &padded[..padded.len() - 65],
        ..frame
    };
    assert_eq!(Luma::of(frame), Err(FrameError::Short));
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    let bytes = vec![0; 640 * 480 * 2];
    let frame = |width, height, stride| Frame {
        format: Format::Yuyv,
        width,
        height,
        stride,
        bytes: &bytes,
    };
    assert!(Luma::of(frame(640, 480, 0)).is_ok());
    for (width, height, stride, error) in [
        (0, 480, 0, FrameError::Size),
        (640, 0, 0, FrameError::Size),
        (4_097, 1, 0, FrameError::Size),
        (u32::MAX, u32::MAX, u32::MAX, FrameError::Size),
        (640, 481, 0, FrameError::Short),
        (642, 480, 0, FrameError::Short),
        (640, 480, 640, FrameError::Short),
        (640, 480, u32::MAX, FrameError::Short),
    ] {
        let refused = Luma::of(frame(width, height, stride));
        assert_eq!(refused, Err(error), "{width} {height} {stride}");
    }
}

#[test]
fn damaged_and_huge_files_are_refused() {
    let picture = Picture::wall(64, 64, 100);
    let file = picture.written(Format::Jpeg);
    let read = |bytes: &[u8]| Luma::of(picture.frame(Format::Jpeg, bytes));
    assert!(read(&file).is_ok());
    for cut in [0, 1, 2, 20, file.len() / 2] {
        assert_eq!(read(&file[..cut]), Err(FrameError::Damaged), "{cut}");
    }
    assert_eq!(read(&vec![0xff; MAX_JPEG_BYTES + 1]), Err(FrameError::Size));
    // Height and width stand five bytes behind the marker SOF0.
    let mut wide = file;
    let at = wide.windows(2).position(|it| it == [0xff, 0xc0]).unwrap();
    wide[at + 5..at + 9].fill(0xff);
    assert_eq!(read(&wide), Err(FrameError::Damaged));
}

#[test]
fn large_pictures_become_smaller() {
    let large = luma(&Picture::wall(4_096, 2_160, 100));
    assert_eq!((large.width(), large.height()), (1_366, 720));
    let shown = large.shrunk(640);
    assert_eq!((shown.width(), shown.height()), (456, 240));
    assert_eq!(shown.into_bytes(), vec![100; 456 * 240]);
    let small = luma(&Picture::wall(320, 240, 100));
    assert_eq!(small.shrunk(640), small);
}

#[test]
fn a_picture_of_a_room_is_in_no_log() {
    let picture = Picture::wall(12, 10, 77);
    let bytes = picture.written(Format::Planes);
    let frame = picture.frame(Format::Planes, &bytes);
    assert_eq!(format!("{:?}", luma(&picture)), "Luma(12 x 10)");
    assert_eq!(format!("{frame:?}"), "Frame(Planes, 12 x 10)");
}

proptest! {
    #[test]
    fn no_frame_makes_it_panic(
        format in prop::sample::select(&FORMATS[..]),
        width in 0_u32..70,
        height in 0_u32..70,
        stride in prop_oneof![Just(0), 0_u32..200, any::<u32>()],
        bytes in prop::collection::vec(any::<u8>(), 0..6_000),
    ) {
        if let Ok(luma) = Luma::of(Frame { format, width, height, stride, bytes: &bytes }) {
            let _code = luma.code();
            prop_assert_eq!(luma.bytes.len(), luma.width * luma.height);
        }
    }

    #[test]
    fn no_damage_to_a_code_makes_it_panic(
        degrees in 0_u32..360,
        side in 60_u32..230,
        blots in prop::collection::vec((0_usize..200, 0_usize..200, 1_usize..60, any::<u8>()), 0..8),
    ) {
        let mut picture = Picture::wall(200, 200, 90)
            .with_code("xmpp:bob@b.example", f64::from(side), f64::from(degrees));
        for (left, top, size, light) in blots {
            for y in top..(top + size).min(200) {
                for x in left..(left + size / 2).min(200) {
                    picture.bytes[y * 200 + x] = light;
                }
            }
        }
        let code = luma(&picture).code();
        prop_assert!(code.is_none() || code.as_deref() == Some("xmpp:bob@b.example"));
    }

    #[test]
    fn no_damage_to_a_file_makes_it_panic(
        at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let picture = Picture::wall(40, 24, 90).noisy(60);
        let mut file = picture.written(Format::Jpeg);
        for (index, byte) in at {
            let length = file.len();
            file[index.index(length)] = byte;
        }
        let _picture = Luma::of(picture.frame(Format::Jpeg, &file));
    }
}
