//! The configuration of each process.

use std::fmt::Write as _;
use std::path::Path;

use crate::authority::Authority;
use crate::schedule::Schedule;

/// What every process on the network has. The empty files keep out Debian's own defaults and
/// save each process from loading the map of countries.
fn common(name: &str, folder: &Path, empty_file: &Path, authorities: &[Authority]) -> String {
    let mut text = format!(
        "Nickname {name}\n\
         DataDirectory {}\n\
         Log notice stdout\n\
         GeoIPFile {empty}\n\
         GeoIPv6File {empty}\n\
         __OwningControllerProcess {}\n\
         __ReloadTorrcOnSIGHUP 1\n\
         ShutdownWaitLength 0\n\
         EnforceDistinctSubnets 0\n\
         MaxMemInQueues 256 MB\n\
         NumCPUs 1\n\
         SafeLogging 0\n",
        folder.display(),
        std::process::id(),
        empty = empty_file.display(),
    );
    for authority in authorities {
        let _infallible = writeln!(text, "{}", authority.dir_authority_line());
    }
    text
}

/// What every relay has, the authorities included.
const RELAY: &str = "\
TestingTorNetwork 1
AssumeReachable 1
SocksPort 0
Address 127.0.0.1
ContactInfo nobody@onym.invalid
ExitRelay 1
ExitPolicy accept *:*
ExitPolicyRejectPrivate 0
ServerDNSDetectHijacking 0
";

/// No shared random value, so that the onion service directories stay where they are. "Stable" is
/// for every relay; it would else go to the half that started first.
const AUTHORITY: &str = "\
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
AuthDirSharedRandomness 0
TestingDirAuthVoteExit *
TestingDirAuthVoteHSDir *
TestingDirAuthVoteGuard *
TestingMinExitFlagThreshold 0
MinUptimeHidServDirectoryV2 0
AuthDirVoteStableGuaranteeMinUptime 0
AuthDirVoteStableGuaranteeMTBF 0
";

pub(crate) fn authority(
    our: &Authority,
    authorities: &[Authority],
    schedule: Schedule,
    empty_file: &Path,
) -> String {
    format!(
        "{}{RELAY}{AUTHORITY}{}V3BandwidthsFile {}\nORPort 127.0.0.1:{}\nDirPort 127.0.0.1:{}\n",
        common(&our.name, &our.folder, empty_file, authorities),
        schedule.torrc(),
        our.bandwidths_file().display(),
        our.ports.or,
        our.ports.dir,
    )
}

/// A relay chooses its port by itself, so that nobody can take it first.
pub(crate) fn relay(
    name: &str,
    folder: &Path,
    authorities: &[Authority],
    empty_file: &Path,
) -> String {
    format!(
        "{}{RELAY}ORPort 127.0.0.1:auto\n",
        common(name, folder, empty_file, authorities)
    )
}

/// An ordinary client. It is not a `TestingTorNetwork`: see [`crate::schedule`].
///
/// A try that hangs is given up soon, so that the caller can make another.
pub(crate) fn socks_proxy(
    name: &str,
    folder: &Path,
    authorities: &[Authority],
    empty_file: &Path,
) -> String {
    format!(
        "{}SocksPort 127.0.0.1:auto\n\
         UseDefaultFallbackDirs 0\n\
         DirAllowPrivateAddresses 1\n\
         ExtendAllowPrivateAddresses 1\n\
         ClientRejectInternalAddresses 0\n\
         ClientDNSRejectInternalAddresses 0\n\
         SocksTimeout 30\n",
        common(name, folder, empty_file, authorities)
    )
}

/// A client that also publishes an onion service, whose ports lead to ports of this machine. Its
/// log says when a directory has taken the descriptor.
pub(crate) fn onion_service(
    name: &str,
    folder: &Path,
    authorities: &[Authority],
    empty_file: &Path,
    ports: &[(u16, u16)],
) -> String {
    let mut text = socks_proxy(name, folder, authorities, empty_file);
    text = text.replace("Log notice stdout", "Log [rend]info notice stdout");
    let _infallible = writeln!(
        text,
        "HiddenServiceDir {}",
        folder.join("service").display()
    );
    for (onion_port, local_port) in ports {
        let _infallible = writeln!(
            text,
            "HiddenServicePort {onion_port} 127.0.0.1:{local_port}"
        );
    }
    text
}
