// A table made by scripts/attack-table.mjs from MITRE ATT&CK 17.1 (© The MITRE Corporation; used under the ATT&CK terms of use). Do not edit.

/** The version of ATT&CK that the table was made from. */
export const ATTACK_VERSION = '17.1';

/** Tactics as `id shortname`, by the letter that techniques use (0–9, a–z). */
export const TACTIC_ROWS: readonly string[] = [
  'TA0001 initial-access',
  'TA0002 execution',
  'TA0003 persistence',
  'TA0004 privilege-escalation',
  'TA0005 defense-evasion',
  'TA0006 credential-access',
  'TA0007 discovery',
  'TA0008 lateral-movement',
  'TA0009 collection',
  'TA0010 exfiltration',
  'TA0011 command-and-control',
  'TA0040 impact',
  'TA0042 resource-development',
  'TA0043 reconnaissance',
];

/** One technique a line: number without its T, letters of its tactics, name; parted by tabulators. */
export const TECHNIQUE_ROWS = `
1001	a	Data Obfuscation
1001.001	a	Junk Data
1001.002	a	Steganography
1001.003	a	Protocol or Service Impersonation
1003	5	OS Credential Dumping
1003.001	5	LSASS Memory
1003.002	5	Security Account Manager
1003.003	5	NTDS
1003.004	5	LSA Secrets
1003.005	5	Cached Domain Credentials
1003.006	5	DCSync
1003.007	5	Proc Filesystem
1003.008	5	/etc/passwd and /etc/shadow
1005	8	Data from Local System
1006	4	Direct Volume Access
1007	6	System Service Discovery
1008	a	Fallback Channels
1010	6	Application Window Discovery
1011	9	Exfiltration Over Other Network Medium
1011.001	9	Exfiltration Over Bluetooth
1012	6	Query Registry
1014	4	Rootkit
1016	6	System Network Configuration Discovery
1016.001	6	Internet Connection Discovery
1016.002	6	Wi-Fi Discovery
1018	6	Remote System Discovery
1020	9	Automated Exfiltration
1020.001	9	Traffic Duplication
1021	7	Remote Services
1021.001	7	Remote Desktop Protocol
1021.002	7	SMB/Windows Admin Shares
1021.003	7	Distributed Component Object Model
1021.004	7	SSH
1021.005	7	VNC
1021.006	7	Windows Remote Management
1021.007	7	Cloud Services
1021.008	7	Direct Cloud VM Connections
1025	8	Data from Removable Media
1027	4	Obfuscated Files or Information
1027.001	4	Binary Padding
1027.002	4	Software Packing
1027.003	4	Steganography
1027.004	4	Compile After Delivery
1027.005	4	Indicator Removal from Tools
1027.006	4	HTML Smuggling
1027.007	4	Dynamic API Resolution
1027.008	4	Stripped Payloads
1027.009	4	Embedded Payloads
1027.010	4	Command Obfuscation
1027.011	4	Fileless Storage
1027.012	4	LNK Icon Smuggling
1027.013	4	Encrypted/Encoded File
1027.014	4	Polymorphic Code
1027.015	4	Compression
1027.016	4	Junk Code Insertion
1027.017	4	SVG Smuggling
1029	9	Scheduled Transfer
1030	9	Data Transfer Size Limits
1033	6	System Owner/User Discovery
1036	4	Masquerading
1036.001	4	Invalid Code Signature
1036.002	4	Right-to-Left Override
1036.003	4	Rename Legitimate Utilities
1036.004	4	Masquerade Task or Service
1036.005	4	Match Legitimate Resource Name or Location
1036.006	4	Space after Filename
1036.007	4	Double File Extension
1036.008	4	Masquerade File Type
1036.009	4	Break Process Trees
1036.010	4	Masquerade Account Name
1036.011	4	Overwrite Process Arguments
1037	23	Boot or Logon Initialization Scripts
1037.001	23	Logon Script (Windows)
1037.002	23	Login Hook
1037.003	23	Network Logon Script
1037.004	23	RC Scripts
1037.005	23	Startup Items
1039	8	Data from Network Shared Drive
1040	56	Network Sniffing
1041	9	Exfiltration Over C2 Channel
1046	6	Network Service Discovery
1047	1	Windows Management Instrumentation
1048	9	Exfiltration Over Alternative Protocol
1048.001	9	Exfiltration Over Symmetric Encrypted Non-C2 Protocol
1048.002	9	Exfiltration Over Asymmetric Encrypted Non-C2 Protocol
1048.003	9	Exfiltration Over Unencrypted Non-C2 Protocol
1049	6	System Network Connections Discovery
1052	9	Exfiltration Over Physical Medium
1052.001	9	Exfiltration over USB
1053	123	Scheduled Task/Job
1053.002	123	At
1053.003	123	Cron
1053.005	123	Scheduled Task
1053.006	123	Systemd Timers
1053.007	123	Container Orchestration Job
1055	34	Process Injection
1055.001	34	Dynamic-link Library Injection
1055.002	34	Portable Executable Injection
1055.003	34	Thread Execution Hijacking
1055.004	34	Asynchronous Procedure Call
1055.005	34	Thread Local Storage
1055.008	34	Ptrace System Calls
1055.009	34	Proc Memory
1055.011	34	Extra Window Memory Injection
1055.012	34	Process Hollowing
1055.013	34	Process Doppelgänging
1055.014	34	VDSO Hijacking
1055.015	34	ListPlanting
1056	58	Input Capture
1056.001	58	Keylogging
1056.002	58	GUI Input Capture
1056.003	58	Web Portal Capture
1056.004	58	Credential API Hooking
1057	6	Process Discovery
1059	1	Command and Scripting Interpreter
1059.001	1	PowerShell
1059.002	1	AppleScript
1059.003	1	Windows Command Shell
1059.004	1	Unix Shell
1059.005	1	Visual Basic
1059.006	1	Python
1059.007	1	JavaScript
1059.008	1	Network Device CLI
1059.009	1	Cloud API
1059.010	1	AutoHotKey & AutoIT
1059.011	1	Lua
1059.012	1	Hypervisor CLI
1068	3	Exploitation for Privilege Escalation
1069	6	Permission Groups Discovery
1069.001	6	Local Groups
1069.002	6	Domain Groups
1069.003	6	Cloud Groups
1070	4	Indicator Removal
1070.001	4	Clear Windows Event Logs
1070.002	4	Clear Linux or Mac System Logs
1070.003	4	Clear Command History
1070.004	4	File Deletion
1070.005	4	Network Share Connection Removal
1070.006	4	Timestomp
1070.007	4	Clear Network Connection History and Configurations
1070.008	4	Clear Mailbox Data
1070.009	4	Clear Persistence
1070.010	4	Relocate Malware
1071	a	Application Layer Protocol
1071.001	a	Web Protocols
1071.002	a	File Transfer Protocols
1071.003	a	Mail Protocols
1071.004	a	DNS
1071.005	a	Publish/Subscribe Protocols
1072	17	Software Deployment Tools
1074	8	Data Staged
1074.001	8	Local Data Staging
1074.002	8	Remote Data Staging
1078	0234	Valid Accounts
1078.001	0234	Default Accounts
1078.002	0234	Domain Accounts
1078.003	0234	Local Accounts
1078.004	0234	Cloud Accounts
1080	7	Taint Shared Content
1082	6	System Information Discovery
1083	6	File and Directory Discovery
1087	6	Account Discovery
1087.001	6	Local Account
1087.002	6	Domain Account
1087.003	6	Email Account
1087.004	6	Cloud Account
1090	a	Proxy
1090.001	a	Internal Proxy
1090.002	a	External Proxy
1090.003	a	Multi-hop Proxy
1090.004	a	Domain Fronting
1091	07	Replication Through Removable Media
1092	a	Communication Through Removable Media
1095	a	Non-Application Layer Protocol
1098	23	Account Manipulation
1098.001	23	Additional Cloud Credentials
1098.002	23	Additional Email Delegate Permissions
1098.003	23	Additional Cloud Roles
1098.004	23	SSH Authorized Keys
1098.005	23	Device Registration
1098.006	23	Additional Container Cluster Roles
1098.007	23	Additional Local or Domain Groups
1102	a	Web Service
1102.001	a	Dead Drop Resolver
1102.002	a	Bidirectional Communication
1102.003	a	One-Way Communication
1104	a	Multi-Stage Channels
1105	a	Ingress Tool Transfer
1106	1	Native API
1110	5	Brute Force
1110.001	5	Password Guessing
1110.002	5	Password Cracking
1110.003	5	Password Spraying
1110.004	5	Credential Stuffing
1111	5	Multi-Factor Authentication Interception
1112	24	Modify Registry
1113	8	Screen Capture
1114	8	Email Collection
1114.001	8	Local Email Collection
1114.002	8	Remote Email Collection
1114.003	8	Email Forwarding Rule
1115	8	Clipboard Data
1119	8	Automated Collection
1120	6	Peripheral Device Discovery
1123	8	Audio Capture
1124	6	System Time Discovery
1125	8	Video Capture
1127	4	Trusted Developer Utilities Proxy Execution
1127.001	4	MSBuild
1127.002	4	ClickOnce
1127.003	4	JamPlus
1129	1	Shared Modules
1132	a	Data Encoding
1132.001	a	Standard Encoding
1132.002	a	Non-Standard Encoding
1133	02	External Remote Services
1134	34	Access Token Manipulation
1134.001	34	Token Impersonation/Theft
1134.002	34	Create Process with Token
1134.003	34	Make and Impersonate Token
1134.004	34	Parent PID Spoofing
1134.005	34	SID-History Injection
1135	6	Network Share Discovery
1136	2	Create Account
1136.001	2	Local Account
1136.002	2	Domain Account
1136.003	2	Cloud Account
1137	2	Office Application Startup
1137.001	2	Office Template Macros
1137.002	2	Office Test
1137.003	2	Outlook Forms
1137.004	2	Outlook Home Page
1137.005	2	Outlook Rules
1137.006	2	Add-ins
1140	4	Deobfuscate/Decode Files or Information
1176	2	Software Extensions
1176.001	2	Browser Extensions
1176.002	2	IDE Extensions
1185	8	Browser Session Hijacking
1187	5	Forced Authentication
1189	0	Drive-by Compromise
1190	0	Exploit Public-Facing Application
1195	0	Supply Chain Compromise
1195.001	0	Compromise Software Dependencies and Development Tools
1195.002	0	Compromise Software Supply Chain
1195.003	0	Compromise Hardware Supply Chain
1197	24	BITS Jobs
1199	0	Trusted Relationship
1200	0	Hardware Additions
1201	6	Password Policy Discovery
1202	4	Indirect Command Execution
1203	1	Exploitation for Client Execution
1204	1	User Execution
1204.001	1	Malicious Link
1204.002	1	Malicious File
1204.003	1	Malicious Image
1204.004	1	Malicious Copy and Paste
1205	24a	Traffic Signaling
1205.001	24a	Port Knocking
1205.002	24a	Socket Filters
1207	4	Rogue Domain Controller
1210	7	Exploitation of Remote Services
1211	4	Exploitation for Defense Evasion
1212	5	Exploitation for Credential Access
1213	8	Data from Information Repositories
1213.001	8	Confluence
1213.002	8	Sharepoint
1213.003	8	Code Repositories
1213.004	8	Customer Relationship Management Software
1213.005	8	Messaging Applications
1216	4	System Script Proxy Execution
1216.001	4	PubPrn
1216.002	4	SyncAppvPublishingServer
1217	6	Browser Information Discovery
1218	4	System Binary Proxy Execution
1218.001	4	Compiled HTML File
1218.002	4	Control Panel
1218.003	4	CMSTP
1218.004	4	InstallUtil
1218.005	4	Mshta
1218.007	4	Msiexec
1218.008	4	Odbcconf
1218.009	4	Regsvcs/Regasm
1218.010	4	Regsvr32
1218.011	4	Rundll32
1218.012	4	Verclsid
1218.013	4	Mavinject
1218.014	4	MMC
1218.015	4	Electron Applications
1219	a	Remote Access Tools
1219.001	a	IDE Tunneling
1219.002	a	Remote Desktop Software
1219.003	a	Remote Access Hardware
1220	4	XSL Script Processing
1221	4	Template Injection
1222	4	File and Directory Permissions Modification
1222.001	4	Windows File and Directory Permissions Modification
1222.002	4	Linux and Mac File and Directory Permissions Modification
1480	4	Execution Guardrails
1480.001	4	Environmental Keying
1480.002	4	Mutual Exclusion
1482	6	Domain Trust Discovery
1484	34	Domain or Tenant Policy Modification
1484.001	34	Group Policy Modification
1484.002	34	Trust Modification
1485	b	Data Destruction
1485.001	b	Lifecycle-Triggered Deletion
1486	b	Data Encrypted for Impact
1489	b	Service Stop
1490	b	Inhibit System Recovery
1491	b	Defacement
1491.001	b	Internal Defacement
1491.002	b	External Defacement
1495	b	Firmware Corruption
1496	b	Resource Hijacking
1496.001	b	Compute Hijacking
1496.002	b	Bandwidth Hijacking
1496.003	b	SMS Pumping
1496.004	b	Cloud Service Hijacking
1497	46	Virtualization/Sandbox Evasion
1497.001	46	System Checks
1497.002	46	User Activity Based Checks
1497.003	46	Time Based Evasion
1498	b	Network Denial of Service
1498.001	b	Direct Network Flood
1498.002	b	Reflection Amplification
1499	b	Endpoint Denial of Service
1499.001	b	OS Exhaustion Flood
1499.002	b	Service Exhaustion Flood
1499.003	b	Application Exhaustion Flood
1499.004	b	Application or System Exploitation
1505	2	Server Software Component
1505.001	2	SQL Stored Procedures
1505.002	2	Transport Agent
1505.003	2	Web Shell
1505.004	2	IIS Components
1505.005	2	Terminal Services DLL
1505.006	2	vSphere Installation Bundles
1518	6	Software Discovery
1518.001	6	Security Software Discovery
1525	2	Implant Internal Image
1526	6	Cloud Service Discovery
1528	5	Steal Application Access Token
1529	b	System Shutdown/Reboot
1530	8	Data from Cloud Storage
1531	b	Account Access Removal
1534	7	Internal Spearphishing
1535	4	Unused/Unsupported Cloud Regions
1537	9	Transfer Data to Cloud Account
1538	6	Cloud Service Dashboard
1539	5	Steal Web Session Cookie
1542	24	Pre-OS Boot
1542.001	24	System Firmware
1542.002	24	Component Firmware
1542.003	24	Bootkit
1542.004	24	ROMMONkit
1542.005	24	TFTP Boot
1543	23	Create or Modify System Process
1543.001	23	Launch Agent
1543.002	23	Systemd Service
1543.003	23	Windows Service
1543.004	23	Launch Daemon
1543.005	23	Container Service
1546	23	Event Triggered Execution
1546.001	23	Change Default File Association
1546.002	23	Screensaver
1546.003	23	Windows Management Instrumentation Event Subscription
1546.004	23	Unix Shell Configuration Modification
1546.005	23	Trap
1546.006	23	LC_LOAD_DYLIB Addition
1546.007	23	Netsh Helper DLL
1546.008	23	Accessibility Features
1546.009	23	AppCert DLLs
1546.010	23	AppInit DLLs
1546.011	23	Application Shimming
1546.012	23	Image File Execution Options Injection
1546.013	23	PowerShell Profile
1546.014	23	Emond
1546.015	23	Component Object Model Hijacking
1546.016	23	Installer Packages
1546.017	23	Udev Rules
1547	23	Boot or Logon Autostart Execution
1547.001	23	Registry Run Keys / Startup Folder
1547.002	23	Authentication Package
1547.003	23	Time Providers
1547.004	23	Winlogon Helper DLL
1547.005	23	Security Support Provider
1547.006	23	Kernel Modules and Extensions
1547.007	23	Re-opened Applications
1547.008	23	LSASS Driver
1547.009	23	Shortcut Modification
1547.010	23	Port Monitors
1547.012	23	Print Processors
1547.013	23	XDG Autostart Entries
1547.014	23	Active Setup
1547.015	23	Login Items
1548	34	Abuse Elevation Control Mechanism
1548.001	34	Setuid and Setgid
1548.002	34	Bypass User Account Control
1548.003	34	Sudo and Sudo Caching
1548.004	34	Elevated Execution with Prompt
1548.005	34	Temporary Elevated Cloud Access
1548.006	34	TCC Manipulation
1550	47	Use Alternate Authentication Material
1550.001	47	Application Access Token
1550.002	47	Pass the Hash
1550.003	47	Pass the Ticket
1550.004	47	Web Session Cookie
1552	5	Unsecured Credentials
1552.001	5	Credentials In Files
1552.002	5	Credentials in Registry
1552.003	5	Bash History
1552.004	5	Private Keys
1552.005	5	Cloud Instance Metadata API
1552.006	5	Group Policy Preferences
1552.007	5	Container API
1552.008	5	Chat Messages
1553	4	Subvert Trust Controls
1553.001	4	Gatekeeper Bypass
1553.002	4	Code Signing
1553.003	4	SIP and Trust Provider Hijacking
1553.004	4	Install Root Certificate
1553.005	4	Mark-of-the-Web Bypass
1553.006	4	Code Signing Policy Modification
1554	2	Compromise Host Software Binary
1555	5	Credentials from Password Stores
1555.001	5	Keychain
1555.002	5	Securityd Memory
1555.003	5	Credentials from Web Browsers
1555.004	5	Windows Credential Manager
1555.005	5	Password Managers
1555.006	5	Cloud Secrets Management Stores
1556	245	Modify Authentication Process
1556.001	245	Domain Controller Authentication
1556.002	245	Password Filter DLL
1556.003	245	Pluggable Authentication Modules
1556.004	245	Network Device Authentication
1556.005	245	Reversible Encryption
1556.006	245	Multi-Factor Authentication
1556.007	245	Hybrid Identity
1556.008	245	Network Provider DLL
1556.009	245	Conditional Access Policies
1557	58	Adversary-in-the-Middle
1557.001	58	LLMNR/NBT-NS Poisoning and SMB Relay
1557.002	58	ARP Cache Poisoning
1557.003	58	DHCP Spoofing
1557.004	58	Evil Twin
1558	5	Steal or Forge Kerberos Tickets
1558.001	5	Golden Ticket
1558.002	5	Silver Ticket
1558.003	5	Kerberoasting
1558.004	5	AS-REP Roasting
1558.005	5	Ccache Files
1559	1	Inter-Process Communication
1559.001	1	Component Object Model
1559.002	1	Dynamic Data Exchange
1559.003	1	XPC Services
1560	8	Archive Collected Data
1560.001	8	Archive via Utility
1560.002	8	Archive via Library
1560.003	8	Archive via Custom Method
1561	b	Disk Wipe
1561.001	b	Disk Content Wipe
1561.002	b	Disk Structure Wipe
1562	4	Impair Defenses
1562.001	4	Disable or Modify Tools
1562.002	4	Disable Windows Event Logging
1562.003	4	Impair Command History Logging
1562.004	4	Disable or Modify System Firewall
1562.006	4	Indicator Blocking
1562.007	4	Disable or Modify Cloud Firewall
1562.008	4	Disable or Modify Cloud Logs
1562.009	4	Safe Mode Boot
1562.010	4	Downgrade Attack
1562.011	4	Spoof Security Alerting
1562.012	4	Disable or Modify Linux Audit System
1563	7	Remote Service Session Hijacking
1563.001	7	SSH Hijacking
1563.002	7	RDP Hijacking
1564	4	Hide Artifacts
1564.001	4	Hidden Files and Directories
1564.002	4	Hidden Users
1564.003	4	Hidden Window
1564.004	4	NTFS File Attributes
1564.005	4	Hidden File System
1564.006	4	Run Virtual Instance
1564.007	4	VBA Stomping
1564.008	4	Email Hiding Rules
1564.009	4	Resource Forking
1564.010	4	Process Argument Spoofing
1564.011	4	Ignore Process Interrupts
1564.012	4	File/Path Exclusions
1564.013	4	Bind Mounts
1564.014	4	Extended Attributes
1565	b	Data Manipulation
1565.001	b	Stored Data Manipulation
1565.002	b	Transmitted Data Manipulation
1565.003	b	Runtime Data Manipulation
1566	0	Phishing
1566.001	0	Spearphishing Attachment
1566.002	0	Spearphishing Link
1566.003	0	Spearphishing via Service
1566.004	0	Spearphishing Voice
1567	9	Exfiltration Over Web Service
1567.001	9	Exfiltration to Code Repository
1567.002	9	Exfiltration to Cloud Storage
1567.003	9	Exfiltration to Text Storage Sites
1567.004	9	Exfiltration Over Webhook
1568	a	Dynamic Resolution
1568.001	a	Fast Flux DNS
1568.002	a	Domain Generation Algorithms
1568.003	a	DNS Calculation
1569	1	System Services
1569.001	1	Launchctl
1569.002	1	Service Execution
1569.003	1	Systemctl
1570	7	Lateral Tool Transfer
1571	a	Non-Standard Port
1572	a	Protocol Tunneling
1573	a	Encrypted Channel
1573.001	a	Symmetric Cryptography
1573.002	a	Asymmetric Cryptography
1574	234	Hijack Execution Flow
1574.001	234	DLL
1574.004	234	Dylib Hijacking
1574.005	234	Executable Installer File Permissions Weakness
1574.006	234	Dynamic Linker Hijacking
1574.007	234	Path Interception by PATH Environment Variable
1574.008	234	Path Interception by Search Order Hijacking
1574.009	234	Path Interception by Unquoted Path
1574.010	234	Services File Permissions Weakness
1574.011	234	Services Registry Permissions Weakness
1574.012	234	COR_PROFILER
1574.013	234	KernelCallbackTable
1574.014	234	AppDomainManager
1578	4	Modify Cloud Compute Infrastructure
1578.001	4	Create Snapshot
1578.002	4	Create Cloud Instance
1578.003	4	Delete Cloud Instance
1578.004	4	Revert Cloud Instance
1578.005	4	Modify Cloud Compute Configurations
1580	6	Cloud Infrastructure Discovery
1583	c	Acquire Infrastructure
1583.001	c	Domains
1583.002	c	DNS Server
1583.003	c	Virtual Private Server
1583.004	c	Server
1583.005	c	Botnet
1583.006	c	Web Services
1583.007	c	Serverless
1583.008	c	Malvertising
1584	c	Compromise Infrastructure
1584.001	c	Domains
1584.002	c	DNS Server
1584.003	c	Virtual Private Server
1584.004	c	Server
1584.005	c	Botnet
1584.006	c	Web Services
1584.007	c	Serverless
1584.008	c	Network Devices
1585	c	Establish Accounts
1585.001	c	Social Media Accounts
1585.002	c	Email Accounts
1585.003	c	Cloud Accounts
1586	c	Compromise Accounts
1586.001	c	Social Media Accounts
1586.002	c	Email Accounts
1586.003	c	Cloud Accounts
1587	c	Develop Capabilities
1587.001	c	Malware
1587.002	c	Code Signing Certificates
1587.003	c	Digital Certificates
1587.004	c	Exploits
1588	c	Obtain Capabilities
1588.001	c	Malware
1588.002	c	Tool
1588.003	c	Code Signing Certificates
1588.004	c	Digital Certificates
1588.005	c	Exploits
1588.006	c	Vulnerabilities
1588.007	c	Artificial Intelligence
1589	d	Gather Victim Identity Information
1589.001	d	Credentials
1589.002	d	Email Addresses
1589.003	d	Employee Names
1590	d	Gather Victim Network Information
1590.001	d	Domain Properties
1590.002	d	DNS
1590.003	d	Network Trust Dependencies
1590.004	d	Network Topology
1590.005	d	IP Addresses
1590.006	d	Network Security Appliances
1591	d	Gather Victim Org Information
1591.001	d	Determine Physical Locations
1591.002	d	Business Relationships
1591.003	d	Identify Business Tempo
1591.004	d	Identify Roles
1592	d	Gather Victim Host Information
1592.001	d	Hardware
1592.002	d	Software
1592.003	d	Firmware
1592.004	d	Client Configurations
1593	d	Search Open Websites/Domains
1593.001	d	Social Media
1593.002	d	Search Engines
1593.003	d	Code Repositories
1594	d	Search Victim-Owned Websites
1595	d	Active Scanning
1595.001	d	Scanning IP Blocks
1595.002	d	Vulnerability Scanning
1595.003	d	Wordlist Scanning
1596	d	Search Open Technical Databases
1596.001	d	DNS/Passive DNS
1596.002	d	WHOIS
1596.003	d	Digital Certificates
1596.004	d	CDNs
1596.005	d	Scan Databases
1597	d	Search Closed Sources
1597.001	d	Threat Intel Vendors
1597.002	d	Purchase Technical Data
1598	d	Phishing for Information
1598.001	d	Spearphishing Service
1598.002	d	Spearphishing Attachment
1598.003	d	Spearphishing Link
1598.004	d	Spearphishing Voice
1599	4	Network Boundary Bridging
1599.001	4	Network Address Translation Traversal
1600	4	Weaken Encryption
1600.001	4	Reduce Key Space
1600.002	4	Disable Crypto Hardware
1601	4	Modify System Image
1601.001	4	Patch System Image
1601.002	4	Downgrade System Image
1602	8	Data from Configuration Repository
1602.001	8	SNMP (MIB Dump)
1602.002	8	Network Device Configuration Dump
1606	5	Forge Web Credentials
1606.001	5	Web Cookies
1606.002	5	SAML Tokens
1608	c	Stage Capabilities
1608.001	c	Upload Malware
1608.002	c	Upload Tool
1608.003	c	Install Digital Certificate
1608.004	c	Drive-by Target
1608.005	c	Link Target
1608.006	c	SEO Poisoning
1609	1	Container Administration Command
1610	14	Deploy Container
1611	3	Escape to Host
1612	4	Build Image on Host
1613	6	Container and Resource Discovery
1614	6	System Location Discovery
1614.001	6	System Language Discovery
1615	6	Group Policy Discovery
1619	6	Cloud Storage Object Discovery
1620	4	Reflective Code Loading
1621	5	Multi-Factor Authentication Request Generation
1622	46	Debugger Evasion
1647	4	Plist File Modification
1648	1	Serverless Execution
1649	5	Steal or Forge Authentication Certificates
1650	c	Acquire Access
1651	1	Cloud Administration Command
1652	6	Device Driver Discovery
1653	2	Power Settings
1654	6	Log Enumeration
1656	4	Impersonation
1657	b	Financial Theft
1659	0a	Content Injection
1665	a	Hide Infrastructure
1666	4	Modify Cloud Resource Hierarchy
1667	b	Email Bombing
1668	2	Exclusive Control
1669	0	Wi-Fi Networks
1671	2	Cloud Application Integration
1672	4	Email Spoofing
1673	6	Virtual Machine Discovery
1674	1	Input Injection
1675	1	ESXi Administration Command
`;
